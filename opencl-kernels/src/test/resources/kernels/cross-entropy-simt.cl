/* rows [Input[index=0], Input[index=1], Output[index=0]], global [576], local [64] */
#pragma OPENCL FP_CONTRACT OFF
kernel __attribute__((reqd_work_group_size(64, 1, 1)))
void rows(
    global const char *x_base, const long x_at,
    global const char *labels_base, const long labels_at,
    global char *out_base, const long out_at) {
  global const float *x = (global const float *)(x_base + x_at);
  global const int *labels = (global const int *)(labels_base + labels_at);
  global float *out = (global float *)(out_base + out_at);
  local float tree[64];
  const int lane = get_local_id(0);
  const long item = get_group_id(0);
  if (item < 9) {
    const long row = item * 100;
    float top = (float)(-INFINITY);
    for (long at = row + lane; at < row + 100; at += 64) {
      const float v = x[at];
      top = (((top > v) | (top != top)) ? top : v);
    }
    tree[lane] = top;
    barrier(CLK_LOCAL_MEM_FENCE);
    for (int half_size = 32; half_size > 0; half_size /= 2) {
      if (lane < half_size) {
        const float other = tree[lane + half_size];
        top = (((top > other) | (top != top)) ? top : other);
        tree[lane] = top;
      }
      barrier(CLK_LOCAL_MEM_FENCE);
    }
    top = tree[0];
    barrier(CLK_LOCAL_MEM_FENCE);
    float sum = (float)(0x0.0p0f);
    for (long at = row + lane; at < row + 100; at += 64) {
      const float v = exp(x[at] - top);
      sum = sum + v;
    }
    tree[lane] = sum;
    barrier(CLK_LOCAL_MEM_FENCE);
    for (int half_size = 32; half_size > 0; half_size /= 2) {
      if (lane < half_size) {
        const float other = tree[lane + half_size];
        sum = sum + other;
        tree[lane] = sum;
      }
      barrier(CLK_LOCAL_MEM_FENCE);
    }
    sum = tree[0];
    barrier(CLK_LOCAL_MEM_FENCE);
    if (lane == 0) {
      const int label = labels[item];
      float loss = NAN;
      if (label >= 0 && label < 100) {
        loss = log(sum) - (x[row + label] - top);
      }
      out[item] = loss;
    }
  }
}
