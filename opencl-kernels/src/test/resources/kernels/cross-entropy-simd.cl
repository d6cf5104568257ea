/* rows [Input[index=0], Input[index=1], Output[index=0]], global [16], local [16] */
#pragma OPENCL FP_CONTRACT OFF
kernel __attribute__((reqd_work_group_size(16, 1, 1)))
void rows(
    global const char *x_base, const long x_at,
    global const char *labels_base, const long labels_at,
    global char *out_base, const long out_at) {
  global const float *x = (global const float *)(x_base + x_at);
  global const int *labels = (global const int *)(labels_base + labels_at);
  global float *out = (global float *)(out_base + out_at);
  const long item = get_global_id(0);
  if (item < 9) {
    const long row = item * 100;
    float top = (float)(-INFINITY);
    float8 top_lanes = (float8)(-INFINITY);
    for (long at = row; at < row + 96; at += 8) {
      const float8 v = vload8(0, x + (at));
      top_lanes = select(v, top_lanes, as_int8((top_lanes > v) | (top_lanes != top_lanes)));
    }
    for (long at = row + 96; at < row + 100; at++) {
      const float v = x[at];
      top = (((top > v) | (top != top)) ? top : v);
    }
    float4 top_low4 = top_lanes.lo;
    const float4 top_high4 = top_lanes.hi;
    top_low4 = select(top_high4, top_low4, as_int4((top_low4 > top_high4) | (top_low4 != top_low4)));
    float2 top_low2 = top_low4.lo;
    const float2 top_high2 = top_low4.hi;
    top_low2 = select(top_high2, top_low2, as_int2((top_low2 > top_high2) | (top_low2 != top_low2)));
    float top_low1 = top_low2.lo;
    const float top_high1 = top_low2.hi;
    top_low1 = (((top_low1 > top_high1) | (top_low1 != top_low1)) ? top_low1 : top_high1);
    top = (((top > top_low1) | (top != top)) ? top : top_low1);
    float sum = (float)(0x0.0p0f);
    float8 sum_lanes = (float8)(0x0.0p0f);
    for (long at = row; at < row + 96; at += 8) {
      const float8 v = exp(vload8(0, x + (at)) - (float8)(top));
      sum_lanes = sum_lanes + v;
    }
    for (long at = row + 96; at < row + 100; at++) {
      const float v = exp(x[at] - top);
      sum = sum + v;
    }
    float4 sum_low4 = sum_lanes.lo;
    const float4 sum_high4 = sum_lanes.hi;
    sum_low4 = sum_low4 + sum_high4;
    float2 sum_low2 = sum_low4.lo;
    const float2 sum_high2 = sum_low4.hi;
    sum_low2 = sum_low2 + sum_high2;
    float sum_low1 = sum_low2.lo;
    const float sum_high1 = sum_low2.hi;
    sum_low1 = sum_low1 + sum_high1;
    sum = sum + sum_low1;
    const int label = labels[item];
    float loss = NAN;
    if (label >= 0 && label < 100) {
      loss = log(sum) - (x[row + label] - top);
    }
    out[item] = loss;
  }
}
