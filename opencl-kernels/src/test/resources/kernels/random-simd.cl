/* loop [Input[index=0], Output[index=0], IntArg[value=77]], global [64], local [64] */
#pragma OPENCL FP_CONTRACT OFF
static int philox(const long seed, const long stream, const long at) {
  uint c0 = convert_uint(at >> 2);
  uint c1 = convert_uint(at >> 34);
  uint c2 = (uint)((uint)stream);
  uint c3 = (uint)((uint)(stream >> 32));
  uint k0 = (uint)seed;
  uint k1 = (uint)(seed >> 32);
  for (int round = 0; round < 10; round++) {
    const uint left_high = mul_hi((uint)(0xD2511F53u), c0);
    const uint left_low = c0 * 0xD2511F53u;
    const uint right_high = mul_hi((uint)(0xCD9E8D57u), c2);
    const uint right_low = c2 * 0xCD9E8D57u;
    c0 = right_high ^ c1 ^ k0;
    c1 = right_low;
    c2 = left_high ^ c3 ^ k1;
    c3 = left_low;
    k0 += 0x9E3779B9u;
    k1 += 0xBB67AE85u;
  }
  const int word = convert_int(at) & 3;
  const int odd = (word & 1) != 0;
  const int upper = (word & 2) != 0;
  return as_int(select(select(c0, c1, odd), select(c2, c3, odd), upper));
}
static int8 philox8(const long seed, const long stream, const long8 at) {
  uint8 c0 = convert_uint8(at >> 2);
  uint8 c1 = convert_uint8(at >> 34);
  uint8 c2 = (uint8)((uint)stream);
  uint8 c3 = (uint8)((uint)(stream >> 32));
  uint k0 = (uint)seed;
  uint k1 = (uint)(seed >> 32);
  for (int round = 0; round < 10; round++) {
    const uint8 left_high = mul_hi((uint8)(0xD2511F53u), c0);
    const uint8 left_low = c0 * 0xD2511F53u;
    const uint8 right_high = mul_hi((uint8)(0xCD9E8D57u), c2);
    const uint8 right_low = c2 * 0xCD9E8D57u;
    c0 = right_high ^ c1 ^ k0;
    c1 = right_low;
    c2 = left_high ^ c3 ^ k1;
    c3 = left_low;
    k0 += 0x9E3779B9u;
    k1 += 0xBB67AE85u;
  }
  const int8 word = convert_int8(at) & 3;
  const int8 odd = (word & 1) != 0;
  const int8 upper = (word & 2) != 0;
  return as_int8(select(select(c0, c1, odd), select(c2, c3, odd), upper));
}
kernel __attribute__((reqd_work_group_size(64, 1, 1)))
void loop(
    global const char *in0_base, const long in0_at,
    global char *out0_base, const long out0_at,
    const int n) {
  global const long *in0 = (global const long *)(in0_base + in0_at);
  global float *out0 = (global float *)(out0_base + out0_at);
  const int item = get_global_id(0);
  if (item < (n + 7) / 8) {
    const int first = (item) * 8;
    if (first + 8 <= n) {
      const int c0 = first;
      const int8 v0 = philox8(in0[0], in0[1], ((long8)(c0) + (long8)(0, 1, 2, 3, 4, 5, 6, 7)));
      const int8 v1 = (int8)(8);
      const int8 v2 = select((int8)(0), as_int8(as_uint8(v0) >> as_uint8(v1 & (int8)(31))), as_int8((v1 >= (int8)(0)) & (v1 < (int8)(32))));
      const float8 v3 = convert_float8(v2);
      const float8 v4 = (float8)(0x1.0p-24f);
      const float8 v5 = v3 * v4;
      vstore8(v5, 0, out0 + (c0));
    } else {
      for (int c0 = first; c0 < n; c0++) {
        const int v0 = philox(in0[0], in0[1], (long)(c0));
        const int v1 = (int)(8);
        const int v2 = (((v1 >= (int)(0)) & (v1 < (int)(32))) ? (int)((uint)v0 >> (v1 & 31)) : (int)(0));
        const float v3 = convert_float(v2);
        const float v4 = (float)(0x1.0p-24f);
        const float v5 = v3 * v4;
        out0[c0] = v5;
      }
    }
  }
}
