/* loop [Input[index=0], Output[index=0], IntArg[value=77]], global [256], local [256] */
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
kernel __attribute__((reqd_work_group_size(256, 1, 1)))
void loop(
    global const char *in0_base, const long in0_at,
    global char *out0_base, const long out0_at,
    const int n) {
  global const long *in0 = (global const long *)(in0_base + in0_at);
  global float *out0 = (global float *)(out0_base + out0_at);
  const int item = get_global_id(0);
  if (item < n) {
    const int c0 = item;
    const int v0 = philox(in0[0], in0[1], (long)(c0));
    const int v1 = (int)(8);
    const int v2 = (((v1 >= (int)(0)) & (v1 < (int)(32))) ? (int)((uint)v0 >> (v1 & 31)) : (int)(0));
    const float v3 = convert_float(v2);
    const float v4 = (float)(0x1.0p-24f);
    const float v5 = v3 * v4;
    out0[c0] = v5;
  }
}
