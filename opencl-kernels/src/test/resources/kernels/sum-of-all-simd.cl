/* fold [Input[index=0], Scratch[offset=0, bytes=72]], global [18], local [1] */
#pragma OPENCL FP_CONTRACT OFF
kernel __attribute__((reqd_work_group_size(1, 1, 1)))
void fold(
    global const char *in0_base, const long in0_at,
    global char *out_base, const long out_at) {
  global const float *in0 = (global const float *)(in0_base + in0_at);
  global float *out = (global float *)(out_base + out_at);
  const int item = get_global_id(0);
  if (item < 18) {
    const int part = item / 1;
    const int rest = item % 1;
    const int begin = part * 16672;
    const int end = min(begin + 16672, (int)300000);
    float8 sum0 = (float8)(0x0.0p0f);
    float8 sum1 = (float8)(0x0.0p0f);
    float8 sum2 = (float8)(0x0.0p0f);
    float8 sum3 = (float8)(0x0.0p0f);
    float sum = (float)(0x0.0p0f);
    int at = begin;
    for (; at + 32 <= end; at += 32) {
      {
        const int c0 = at + 0;
        const float8 v0 = vload8(0, in0 + (c0));
        sum0 = sum0 + v0;
      }
      {
        const int c0 = at + 8;
        const float8 v0 = vload8(0, in0 + (c0));
        sum1 = sum1 + v0;
      }
      {
        const int c0 = at + 16;
        const float8 v0 = vload8(0, in0 + (c0));
        sum2 = sum2 + v0;
      }
      {
        const int c0 = at + 24;
        const float8 v0 = vload8(0, in0 + (c0));
        sum3 = sum3 + v0;
      }
    }
    for (; at + 8 <= end; at += 8) {
      {
        const int c0 = at;
        const float8 v0 = vload8(0, in0 + (c0));
        sum0 = sum0 + v0;
      }
    }
    for (; at < end; at++) {
      {
        const int c0 = at;
        const float v0 = in0[c0];
        sum = sum + v0;
      }
    }
    sum0 = sum0 + sum1;
    sum2 = sum2 + sum3;
    sum0 = sum0 + sum2;
    float4 low4 = sum0.lo;
    const float4 high4 = sum0.hi;
    low4 = low4 + high4;
    float2 low2 = low4.lo;
    const float2 high2 = low4.hi;
    low2 = low2 + high2;
    float low1 = low2.lo;
    const float high1 = low2.hi;
    low1 = low1 + high1;
    sum = sum + low1;
    out[part * 1 + 0] = sum;
  }
}

/* fold [Scratch[offset=0, bytes=72], Output[index=0]], global [64], local [64] */
#pragma OPENCL FP_CONTRACT OFF
kernel __attribute__((reqd_work_group_size(64, 1, 1)))
void fold(
    global const char *in0_base, const long in0_at,
    global char *out_base, const long out_at) {
  global const float *in0 = (global const float *)(in0_base + in0_at);
  global float *out = (global float *)(out_base + out_at);
  const int item = get_global_id(0);
  if (item < 1) {
    const int rest = item;
    float8 sum0 = (float8)(0x0.0p0f);
    float8 sum1 = (float8)(0x0.0p0f);
    float8 sum2 = (float8)(0x0.0p0f);
    float8 sum3 = (float8)(0x0.0p0f);
    float sum = (float)(0x0.0p0f);
    int at = 0;
    for (; at + 32 <= 18; at += 32) {
      {
        const int c0 = at + 0;
        const float8 v0 = vload8(0, in0 + (c0));
        sum0 = sum0 + v0;
      }
      {
        const int c0 = at + 8;
        const float8 v0 = vload8(0, in0 + (c0));
        sum1 = sum1 + v0;
      }
      {
        const int c0 = at + 16;
        const float8 v0 = vload8(0, in0 + (c0));
        sum2 = sum2 + v0;
      }
      {
        const int c0 = at + 24;
        const float8 v0 = vload8(0, in0 + (c0));
        sum3 = sum3 + v0;
      }
    }
    for (; at + 8 <= 18; at += 8) {
      {
        const int c0 = at;
        const float8 v0 = vload8(0, in0 + (c0));
        sum0 = sum0 + v0;
      }
    }
    for (; at < 18; at++) {
      {
        const int c0 = at;
        const float v0 = in0[c0];
        sum = sum + v0;
      }
    }
    sum0 = sum0 + sum1;
    sum2 = sum2 + sum3;
    sum0 = sum0 + sum2;
    float4 low4 = sum0.lo;
    const float4 high4 = sum0.hi;
    low4 = low4 + high4;
    float2 low2 = low4.lo;
    const float2 high2 = low4.hi;
    low2 = low2 + high2;
    float low1 = low2.lo;
    const float high1 = low2.hi;
    low1 = low1 + high1;
    sum = sum + low1;
    out[0] = sum;
  }
}
