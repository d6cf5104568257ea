/* fold [Input[index=0], Output[index=0]], global [5], local [1] */
#pragma OPENCL FP_CONTRACT OFF
kernel __attribute__((reqd_work_group_size(1, 1, 1)))
void fold(
    global const char *in0_base, const long in0_at,
    global char *out_base, const long out_at) {
  global const float *in0 = (global const float *)(in0_base + in0_at);
  global float *out = (global float *)(out_base + out_at);
  const int item = get_global_id(0);
  if (item < 5) {
    const int rest = item;
    const int c0 = rest;
    float8 sum0 = (float8)(-INFINITY);
    float8 sum1 = (float8)(-INFINITY);
    float8 sum2 = (float8)(-INFINITY);
    float8 sum3 = (float8)(-INFINITY);
    float sum = (float)(-INFINITY);
    int at = 0;
    for (; at + 32 <= 300; at += 32) {
      {
        const int c1 = at + 0;
        const float8 v0 = vload8(0, in0 + (c0 * 300 + c1));
        sum0 = select(v0, sum0, as_int8((sum0 > v0) | (sum0 != sum0)));
      }
      {
        const int c1 = at + 8;
        const float8 v0 = vload8(0, in0 + (c0 * 300 + c1));
        sum1 = select(v0, sum1, as_int8((sum1 > v0) | (sum1 != sum1)));
      }
      {
        const int c1 = at + 16;
        const float8 v0 = vload8(0, in0 + (c0 * 300 + c1));
        sum2 = select(v0, sum2, as_int8((sum2 > v0) | (sum2 != sum2)));
      }
      {
        const int c1 = at + 24;
        const float8 v0 = vload8(0, in0 + (c0 * 300 + c1));
        sum3 = select(v0, sum3, as_int8((sum3 > v0) | (sum3 != sum3)));
      }
    }
    for (; at + 8 <= 300; at += 8) {
      {
        const int c1 = at;
        const float8 v0 = vload8(0, in0 + (c0 * 300 + c1));
        sum0 = select(v0, sum0, as_int8((sum0 > v0) | (sum0 != sum0)));
      }
    }
    for (; at < 300; at++) {
      {
        const int c1 = at;
        const float v0 = in0[c0 * 300 + c1];
        sum = (((sum > v0) | (sum != sum)) ? sum : v0);
      }
    }
    sum0 = select(sum1, sum0, as_int8((sum0 > sum1) | (sum0 != sum0)));
    sum2 = select(sum3, sum2, as_int8((sum2 > sum3) | (sum2 != sum2)));
    sum0 = select(sum2, sum0, as_int8((sum0 > sum2) | (sum0 != sum0)));
    float4 low4 = sum0.lo;
    const float4 high4 = sum0.hi;
    low4 = select(high4, low4, as_int4((low4 > high4) | (low4 != low4)));
    float2 low2 = low4.lo;
    const float2 high2 = low4.hi;
    low2 = select(high2, low2, as_int2((low2 > high2) | (low2 != low2)));
    float low1 = low2.lo;
    const float high1 = low2.hi;
    low1 = (((low1 > high1) | (low1 != low1)) ? low1 : high1);
    sum = (((sum > low1) | (sum != sum)) ? sum : low1);
    out[c0] = sum;
  }
}
