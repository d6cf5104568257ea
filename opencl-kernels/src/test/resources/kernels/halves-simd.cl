/* loop [Input[index=0], Output[index=0], Output[index=1], IntArg[value=1000]], global [128], local [64] */
#pragma OPENCL FP_CONTRACT OFF
static ushort bf16_bits(const float x) {
  const uint b = as_uint(x);
  const uint near = (b + 0x7fffu + ((b >> 16) & 1u)) >> 16;
  const uint nan = (b >> 16) | 0x40u;
  return convert_ushort(select(near, nan, (x != x)));
}
static float round_bf16(const float x) {
  return as_float(convert_uint(bf16_bits(x)) << 16);
}
static float8 half_float8(const ushort8 bits) {
  return vload_half8(0, (const half *)&bits);
}
static ushort8 half_bits8(const float8 x) {
  ushort8 bits;
  vstore_half8_rte(x, 0, (half *)&bits);
  return bits;
}
static ushort8 bf16_bits8(const float8 x) {
  const uint8 b = as_uint8(x);
  const uint8 near = (b + 0x7fffu + ((b >> 16) & 1u)) >> 16;
  const uint8 nan = (b >> 16) | 0x40u;
  return convert_ushort8(select(near, nan, (x != x)));
}
static float8 round_bf168(const float8 x) {
  return as_float8(convert_uint8(bf16_bits8(x)) << 16);
}
kernel __attribute__((reqd_work_group_size(64, 1, 1)))
void loop(
    global const char *in0_base, const long in0_at,
    global char *out0_base, const long out0_at,
    global char *out1_base, const long out1_at,
    const int n) {
  global const half *in0 = (global const half *)(in0_base + in0_at);
  global half *out0 = (global half *)(out0_base + out0_at);
  global ushort *out1 = (global ushort *)(out1_base + out1_at);
  const int item = get_global_id(0);
  if (item < (n + 7) / 8) {
    const int first = (item) * 8;
    if (first + 8 <= n) {
      const int c0 = first;
      const float8 v0 = half_float8(vload8(0, (const __global ushort *)(in0 + (c0))));
      const float8 v1 = v0 * v0;
      const float8 v2 = tanh(v0);
      const float8 v3 = round_bf168(v2);
      vstore8(half_bits8(v1), 0, (__global ushort *)(out0 + (c0)));
      vstore8(bf16_bits8(v3), 0, out1 + (c0));
    } else {
      for (int c0 = first; c0 < n; c0++) {
        const float v0 = vload_half(0, in0 + (c0));
        const float v1 = v0 * v0;
        const float v2 = tanh(v0);
        const float v3 = round_bf16(v2);
        vstore_half_rte(v1, 0, out0 + (c0));
        out1[c0] = bf16_bits(v3);
      }
    }
  }
}
