// The documents that the catalogue's figures come from. An address is where the publisher keeps or kept the document.

export type Source = { readonly title: string; readonly publisher: string; readonly url: string };

const NVIDIA_DOCS = 'https://images.nvidia.com/aem-dam/en-zz/Solutions';

export const SOURCES = {
  a100: {
    title: 'NVIDIA A100 Tensor Core GPU, data sheet',
    publisher: 'NVIDIA',
    url: 'https://www.nvidia.com/content/dam/en-zz/Solutions/Data-Center/a100/pdf/nvidia-a100-datasheet-us-nvidia-1758950-r4-web.pdf',
  },
  h100: {
    title: 'NVIDIA H100 Tensor Core GPU, data sheet',
    publisher: 'NVIDIA',
    url: 'https://resources.nvidia.com/en-us-tensor-core/nvidia-tensor-core-gpu-datasheet',
  },
  h100Pcie: {
    title: 'NVIDIA H100 PCIe GPU, product brief PB-11133-001_v02',
    publisher: 'NVIDIA',
    url: 'https://www.nvidia.com/content/dam/en-zz/Solutions/gtcs22/data-center/h100/PB-11133-001_v01.pdf',
  },
  h200: {
    title: 'NVIDIA H200 Tensor Core GPU, data sheet',
    publisher: 'NVIDIA',
    url: 'https://www.nvidia.com/en-us/data-center/h200/',
  },
  hgx: {
    title: 'NVIDIA HGX platform, specifications of HGX B300 and HGX B200',
    publisher: 'NVIDIA',
    url: 'https://www.nvidia.com/en-us/data-center/hgx/',
  },
  ultra: {
    title: 'Inside NVIDIA Blackwell Ultra: The Chip Powering the AI Factory Era',
    publisher: 'NVIDIA',
    url: 'https://developer.nvidia.com/blog/inside-nvidia-blackwell-ultra-the-chip-powering-the-ai-factory-era',
  },
  l40s: {
    title: 'NVIDIA L40S GPU, data sheet',
    publisher: 'NVIDIA',
    url: 'https://resources.nvidia.com/en-us-l40s/l40s-datasheet-28413',
  },
  ampere: {
    title: 'NVIDIA Ampere GA102 GPU Architecture, white paper v2.0',
    publisher: 'NVIDIA',
    url: 'https://www.nvidia.com/content/PDF/nvidia-ampere-ga-102-gpu-architecture-whitepaper-v2.pdf',
  },
  ada: {
    title: 'NVIDIA Ada GPU Architecture, white paper',
    publisher: 'NVIDIA',
    url: `${NVIDIA_DOCS}/geforce/ada/nvidia-ada-gpu-architecture.pdf`,
  },
  blackwell: {
    title: 'NVIDIA RTX Blackwell GPU Architecture, white paper',
    publisher: 'NVIDIA',
    url: `${NVIDIA_DOCS}/geforce/blackwell/nvidia-rtx-blackwell-gpu-architecture.pdf`,
  },
  mi300x: {
    title: 'AMD Instinct MI300X Accelerator, data sheet',
    publisher: 'AMD',
    url: 'https://www.amd.com/content/dam/amd/en/documents/instinct-tech-docs/data-sheets/amd-instinct-mi300x-data-sheet.pdf',
  },
  m4: {
    title: 'Apple introduces M4 chip, press release',
    publisher: 'Apple',
    url: 'https://www.apple.com/newsroom/2024/05/apple-introduces-m4-chip/',
  },
  m4Pro: {
    title: 'Apple introduces M4 Pro and M4 Max, press release',
    publisher: 'Apple',
    url: 'https://www.apple.com/newsroom/2024/10/apple-introduces-m4-pro-and-m4-max/',
  },
  appleGpu: {
    title: 'No document: computed as cores × 128 lanes × 2 × clock, with clocks that others have measured',
    publisher: 'this project',
    url: '',
  },
  tigerLake: {
    title: 'Intel Core i7-1165G7 Processor, specifications',
    publisher: 'Intel',
    url: 'https://www.intel.com/content/www/us/en/products/sku/208921/intel-core-i71165g7-processor-12m-cache-up-to-4-70-ghz-with-ipu/specifications.html',
  },
  driver: {
    title: 'Memory as the driver reports it (nvidia-smi, amd-smi), not a document',
    publisher: 'the vendor’s driver',
    url: '',
  },
} as const satisfies Readonly<Record<string, Source>>;

export type SourceName = keyof typeof SOURCES;

/**
 * How well a figure is known. `document`: read in the document or in a copy of it. `quoted`: read where others quote the document or
 * the driver. `recalled`: written down from memory and not looked up since; check it before money depends on it.
 */
export type Confidence = 'document' | 'quoted' | 'recalled';

export type Figure = { readonly value: number; readonly source: SourceName; readonly known: Confidence };
