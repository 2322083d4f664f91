// What the kernels need of the machine beyond C++: every instruction that C++ has no word for is behind one function here, and
// nowhere else. The tests run the same kernels on a processor, with functions that do what the PTX ISA says of these instructions
// in place of this file (ASSAY_EMULATED).
#ifndef ASSAY_EMULATED

typedef unsigned char u8;
typedef unsigned short u16;
typedef unsigned int u32;
typedef unsigned long long u64;

#define DEVICE __device__ __forceinline__
#define KERNEL(threads) extern "C" __global__ void __launch_bounds__(threads, 1)
#define SMALL_KERNEL(threads) extern "C" __global__ void __launch_bounds__(threads)
/// The launch's dynamic shared memory, from the first address that is a multiple of 1,024 on.
#define DYNAMIC_SHARED(name)               \
  extern __shared__ u8 dynamicShared[];    \
  u8* name = dynamicShared + ((1024u - (sharedAddress(dynamicShared) & 1023u)) & 1023u)

struct alignas(16) Quad {
  u32 x, y, z, w;
};

DEVICE u32 threadId() { return threadIdx.x; }
DEVICE u32 blockId() { return blockIdx.x; }
DEVICE void synchronize() { __syncthreads(); }
DEVICE u32 sharedAddress(const void* pointer) { return (u32)__cvta_generic_to_shared(pointer); }
DEVICE u32 rotateLeft(u32 value, int by) { return __funnelshift_l(value, value, by); }
DEVICE u32 swapBytes(u32 value) { return __byte_perm(value, 0, 0x0123); }
/// The four signed bytes of a and b, multiplied and added to sum.
DEVICE int dot4(u32 a, u32 b, int sum) { return __dp4a((int)a, (int)b, sum); }
DEVICE u32 floatBits(float value) { return __float_as_uint(value); }
DEVICE float bitsFloat(u32 bits) { return __uint_as_float(bits); }

/// 16 bytes from global to shared memory, in the background.
DEVICE void copy16(u32 to, const void* from) {
  asm volatile("cp.async.cg.shared.global [%0], [%1], 16;" ::"r"(to), "l"(from) : "memory");
}
DEVICE void copyCommit() { asm volatile("cp.async.commit_group;" ::: "memory"); }
/// Waits until at most `left` of the groups that this thread committed are still under way.
template <int left> DEVICE void copyWait() { asm volatile("cp.async.wait_group %0;" ::"n"(left) : "memory"); }

/// Four 8×8 matrices of 16-bit elements; lane i gives the address of row i mod 8 of matrix i / 8.
DEVICE void loadMatrices(u32 (&out)[4], u32 address) {
  asm volatile("ldmatrix.sync.aligned.m8n8.x4.shared.b16 {%0,%1,%2,%3}, [%4];"
               : "=r"(out[0]), "=r"(out[1]), "=r"(out[2]), "=r"(out[3])
               : "r"(address) : "memory");
}
/// c += a·b, 16×32 by 32×8 signed bytes.
DEVICE void multiplyInt8(int (&c)[4], const u32 (&a)[4], u32 b0, u32 b1) {
  asm("mma.sync.aligned.m16n8k32.row.col.s32.s8.s8.s32 {%0,%1,%2,%3}, {%4,%5,%6,%7}, {%8,%9}, {%0,%1,%2,%3};"
               : "+r"(c[0]), "+r"(c[1]), "+r"(c[2]), "+r"(c[3])
               : "r"(a[0]), "r"(a[1]), "r"(a[2]), "r"(a[3]), "r"(b0), "r"(b1));
}
/// c += a·b, 16×16 by 16×8 bfloat16, summed in 32-bit floating point.
DEVICE void multiplyBf16(float (&c)[4], const u32 (&a)[4], u32 b0, u32 b1) {
  asm("mma.sync.aligned.m16n8k16.row.col.f32.bf16.bf16.f32 {%0,%1,%2,%3}, {%4,%5,%6,%7}, {%8,%9}, {%0,%1,%2,%3};"
               : "+f"(c[0]), "+f"(c[1]), "+f"(c[2]), "+f"(c[3])
               : "r"(a[0]), "r"(a[1]), "r"(a[2]), "r"(a[3]), "r"(b0), "r"(b1));
}

#if defined(__CUDA_ARCH_FEAT_SM90_ALL)
#define ASSAY_HOPPER 1

DEVICE void barrierInit(u32 barrier, u32 arrivals) {
  asm volatile("mbarrier.init.shared::cta.b64 [%0], %1;" ::"r"(barrier), "r"(arrivals) : "memory");
}
/// Makes initialised barriers known to the copy engine.
DEVICE void barrierPublish() { asm volatile("fence.mbarrier_init.release.cluster;" ::: "memory"); }
DEVICE void barrierArrive(u32 barrier) {
  asm volatile("mbarrier.arrive.shared::cta.b64 _, [%0];" ::"r"(barrier) : "memory");
}
/// Arrives, and adds `bytes` to what copies have to bring before the phase is over.
DEVICE void barrierExpect(u32 barrier, u32 bytes) {
  asm volatile("mbarrier.arrive.expect_tx.shared::cta.b64 _, [%0], %1;" ::"r"(barrier), "r"(bytes) : "memory");
}
/// Waits until the phase of this parity is over.
DEVICE void barrierWait(u32 barrier, u32 parity) {
  asm volatile("{\n.reg .pred done;\nagain:\n"
               "mbarrier.try_wait.parity.shared::cta.b64 done, [%0], %1;\n@!done bra again;\n}"
               ::"r"(barrier), "r"(parity) : "memory");
}
/// `bytes` (a multiple of 16) from global to shared memory by the copy engine, which reports to the barrier.
DEVICE void copyBulk(u32 to, const void* from, u32 bytes, u32 barrier) {
  asm volatile("cp.async.bulk.shared::cluster.global.mbarrier::complete_tx::bytes [%0], [%1], %2, [%3];"
               ::"r"(to), "l"(from), "r"(bytes), "r"(barrier) : "memory");
}
template <int registers> DEVICE void registersGive() { asm volatile("setmaxnreg.dec.sync.aligned.u32 %0;" ::"n"(registers)); }
template <int registers> DEVICE void registersTake() { asm volatile("setmaxnreg.inc.sync.aligned.u32 %0;" ::"n"(registers)); }

DEVICE void groupFence() { asm volatile("wgmma.fence.sync.aligned;" ::: "memory"); }
DEVICE void groupCommit() { asm volatile("wgmma.commit_group.sync.aligned;" ::: "memory"); }
/// Waits until at most `left` committed multiplications are under way; the sums may be read only after groupWait<0>.
template <int left> DEVICE void groupWait(int (&sums)[128]) {
  asm volatile("wgmma.wait_group.sync.aligned %0;" ::"n"(left) : "memory");
  if (left == 0)
    for (int i = 0; i < 128; i++) asm volatile("" : "+r"(sums[i])::"memory"); // no read moves above the wait
}

#define SUMS4(i) "+r"(c[i]), "+r"(c[i + 1]), "+r"(c[i + 2]), "+r"(c[i + 3])
#define SUMS16(i) SUMS4(i), SUMS4(i + 4), SUMS4(i + 8), SUMS4(i + 12)
/// c = (add ? c : 0) + a·b, 64×32 by 32×256 signed bytes, by the four warps of a warpgroup; a and b are matrix descriptors.
DEVICE void multiplyGroup(int (&c)[128], u64 a, u64 b, int add) {
  asm volatile("{\n.reg .pred p;\nsetp.ne.b32 p, %130, 0;\n"
               "wgmma.mma_async.sync.aligned.m64n256k32.s32.s8.s8 {"
               "%0,%1,%2,%3,%4,%5,%6,%7,%8,%9,%10,%11,%12,%13,%14,%15,"
               "%16,%17,%18,%19,%20,%21,%22,%23,%24,%25,%26,%27,%28,%29,%30,%31,"
               "%32,%33,%34,%35,%36,%37,%38,%39,%40,%41,%42,%43,%44,%45,%46,%47,"
               "%48,%49,%50,%51,%52,%53,%54,%55,%56,%57,%58,%59,%60,%61,%62,%63,"
               "%64,%65,%66,%67,%68,%69,%70,%71,%72,%73,%74,%75,%76,%77,%78,%79,"
               "%80,%81,%82,%83,%84,%85,%86,%87,%88,%89,%90,%91,%92,%93,%94,%95,"
               "%96,%97,%98,%99,%100,%101,%102,%103,%104,%105,%106,%107,%108,%109,%110,%111,"
               "%112,%113,%114,%115,%116,%117,%118,%119,%120,%121,%122,%123,%124,%125,%126,%127"
               "}, %128, %129, p;\n}"
               : SUMS16(0), SUMS16(16), SUMS16(32), SUMS16(48), SUMS16(64), SUMS16(80), SUMS16(96), SUMS16(112)
               : "l"(a), "l"(b), "r"(add));
}
#endif // __CUDA_ARCH_FEAT_SM90_ALL
#endif // ASSAY_EMULATED
