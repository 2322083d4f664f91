// What is handed to the device at once: kernels with their buffers and arguments, and copies, in order. Arguments of all kernels go
// into one buffer, a slot each.

export type Copy = {
  readonly from: GPUBuffer;
  readonly fromAt: number;
  readonly to: GPUBuffer;
  readonly toAt: number;
  readonly bytes: number;
};
export type Dispatch = {
  readonly pipeline: GPUComputePipeline;
  /** Bindings 1, 2, …; binding 0 is the arguments. */
  readonly buffers: readonly GPUBuffer[];
  /** At most eight unsigned 32-bit integers. */
  readonly args: readonly number[];
  readonly workgroups: readonly [number, number];
};
export type Command = Dispatch | { readonly copy: Copy };

/** Offsets of uniform bindings are multiples of this on every device. */
const SLOT_BYTES = 256;
const ARGS_BYTES = 32;
/** Workgroups that every device takes in one dimension are 65,535; half of it keeps the second dimension short. */
const WIDTH_MAX = 32_768;

/** Workgroups for `count` numbers, one an invocation; kernels leave out what is past the end. */
export function workgroups(count: number, groupSize = 64): readonly [number, number] {
  const groups = Math.ceil(count / groupSize);
  return groups <= WIDTH_MAX ? [groups, 1] : [WIDTH_MAX, Math.ceil(groups / WIDTH_MAX)];
}

/** Records and submits; the device keeps the argument buffer until it is done with it. */
export function submit(device: GPUDevice, commands: readonly Command[]): void {
  const dispatches = commands.filter((command) => 'pipeline' in command).length;
  const args = device.createBuffer({
    size: SLOT_BYTES * Math.max(1, dispatches),
    usage: GPU_UNIFORM,
    mappedAtCreation: true,
  });
  const words = new Uint32Array(args.getMappedRange());
  const encoder = device.createCommandEncoder();
  let pass: GPUComputePassEncoder | null = null;
  let slot = 0;
  for (const command of commands) {
    if ('copy' in command) {
      const { from, fromAt, to, toAt, bytes } = command.copy;
      pass?.end();
      pass = null;
      encoder.copyBufferToBuffer(from, fromAt, to, toAt, bytes);
      continue;
    }
    words.set(command.args, (slot * SLOT_BYTES) / 4);
    const resources = [
      { buffer: args, offset: slot * SLOT_BYTES, size: ARGS_BYTES },
      ...command.buffers.map((buffer) => ({ buffer })),
    ];
    slot++;
    pass ??= encoder.beginComputePass();
    pass.setPipeline(command.pipeline);
    pass.setBindGroup(
      0,
      device.createBindGroup({
        layout: command.pipeline.getBindGroupLayout(0),
        entries: resources.map((resource, binding) => ({ binding, resource })),
      }),
    );
    pass.dispatchWorkgroups(...command.workgroups);
  }
  pass?.end();
  args.unmap();
  device.queue.submit([encoder.finish()]);
  args.destroy();
}

/** GPUBufferUsage.UNIFORM: the package's constants are known only once it has been loaded. */
const GPU_UNIFORM = 0x40;
