// ChaCha with 8 rounds, block by block in counter mode (docs/protocol.md, section 9.2), the state as four rows of four words.
const QUARTERS = /* wgsl */ `
    a += b; d = spin(d ^ a, 16u); c += d; b = spin(b ^ c, 12u);
    a += b; d = spin(d ^ a, 8u); c += d; b = spin(b ^ c, 7u);`;

/** `chacha8(keyLow, keyHigh, counter)`: the block's sixteen words as four rows; `counter` is state words 12 to 15. */
export const CHACHA = /* wgsl */ `
struct Block { a: vec4<u32>, b: vec4<u32>, c: vec4<u32>, d: vec4<u32> }
fn spin(x: vec4<u32>, by: u32) -> vec4<u32> { return (x << vec4<u32>(by)) | (x >> vec4<u32>(32u - by)); }
fn chacha8(low: vec4<u32>, high: vec4<u32>, counter: vec4<u32>) -> Block {
  let constants = vec4<u32>(0x61707865u, 0x3320646eu, 0x79622d32u, 0x6b206574u);
  var a = constants;
  var b = low;
  var c = high;
  var d = counter;
  for (var i = 0u; i < 4u; i++) {${QUARTERS}
    b = b.yzwx; c = c.zwxy; d = d.wxyz;${QUARTERS}
    b = b.wxyz; c = c.zwxy; d = d.yzwx;
  }
  return Block(a + constants, b + low, c + high, d + counter);
}`;
