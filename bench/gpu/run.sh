#!/usr/bin/env bash
# Measures everything on one machine with a GPU, within ten minutes: what there is, the conformance kit, a training,
# and our workloads beside PyTorch's in the same run. Nothing is installed or fetched; the machine's settings stay.
#   bench/gpu/run.sh [FOLDER [OUTPUT]]
#     FOLDER: what bench/gpu/bundle.sh made (target/gpu); OUTPUT: a folder for report.md and logs (target/gpu-report)
# TOMBOLO_GPU_QUICK=1 takes a part of everything, to try the script itself; TOMBOLO_PYTHON names a Python that has
# PyTorch. Ends with 1 if anything failed.
set -uo pipefail

home=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd -P)
cd "$home"
folder=$(cd "${1:-target/gpu}" && pwd -P) || exit 2
output=${2:-target/gpu-report}
mkdir -p "$output"
output=$(cd "$output" && pwd -P)
report=$output/report.md
quick=${TOMBOLO_GPU_QUICK:-}
epochs=${quick:+2}
epochs=${epochs:-20}
failed=0

export LD_LIBRARY_PATH=$folder/native:/usr/local/nvidia/lib64:/usr/local/nvidia/lib${LD_LIBRARY_PATH:+:$LD_LIBRARY_PATH}
export LD_PRELOAD=$folder/runtime/lib/libjsig.so${LD_PRELOAD:+:$LD_PRELOAD}
export XDG_CACHE_HOME=$output/cache

say() { printf '%s\n' "$@" | tee -a "$report"; }

# section TITLE SECONDS COMMAND...: runs a command with a limit, its output in a block of the report.
section() {
  local title=$1 limit=$2 status=0 start=$SECONDS
  shift 2
  say "" "## $title" "" '```'
  timeout "$limit" "$@" 2>&1 | grep -v 'Using incubator modules' | tail -n 80 | tee -a "$report"
  status=${PIPESTATUS[0]}
  say '```'
  if [ "$status" -ne 0 ]; then
    failed=1
    say "" "**Ended with $status** ($([ "$status" -eq 124 ] && echo "stopped at the limit of $limit s" || echo "failed"))."
  fi
  say "" "$((SECONDS - start)) s."
}

java() {
  "$folder/runtime/bin/java" --add-modules jdk.incubator.vector --enable-native-access=ALL-UNNAMED "$@"
}
export -f java
export folder

tombolo() { java -cp "$folder/lib/*" org.tombolo.cli.Main "$@"; }
export -f tombolo

machine() {
  nvidia-smi --query-gpu=name,driver_version,memory.total,clocks.sm,clocks.max.sm --format=csv 2>/dev/null ||
    echo "no nvidia-smi"
  grep -m 1 'model name' /proc/cpuinfo
  nproc
  echo "OpenCL drivers named in ${OCL_ICD_VENDORS:-/etc/OpenCL/vendors}:"
  cat "${OCL_ICD_VENDORS:-/etc/OpenCL/vendors}"/*.icd 2>/dev/null || echo "none"
}
export -f machine

# NVIDIA's driver has an OpenCL library, which often no file of the system names.
nvidia=$(ldconfig -p | awk '/libnvidia-opencl\.so\.1 / {print $NF; exit}')
[ -n "$nvidia" ] || nvidia=$(find /usr/local/nvidia /usr/lib /usr/lib64 -name 'libnvidia-opencl.so.1' 2>/dev/null | head -n 1)
: >"$report"
say "# Measured on $(date -u +%Y-%m-%d)"
if [ -n "$nvidia" ]; then
  mkdir -p "$output/vendors"
  echo "$nvidia" >"$output/vendors/nvidia.icd"
  export OCL_ICD_VENDORS=$output/vendors
else
  say "" "No libnvidia-opencl.so.1 on this machine: neither in \`ldconfig -p\` nor below /usr/local/nvidia or /usr/lib." \
    "Libraries with OpenCL or nvidia in their names:" '```' \
    "$(ldconfig -p | grep -iE 'opencl|nvidia' || echo none)" \
    "$(find /usr/local/nvidia -maxdepth 2 2>/dev/null | head -n 40)" '```'
fi

section "Machine" 20 bash -c machine
section "Devices" 60 bash -c 'tombolo devices'
section "Training" 100 bash -c "tombolo train digits --device opencl --epochs $epochs"

workloads=matmul_1024,matmul_tall,elementwise_4m,softmax_rows,layernorm,conv2d_fwd,conv2d_fwdbwd,mlp_train_step
[ -n "$quick" ] || workloads=$workloads,cnn_train_step,resnet18_train_step,resnet18_infer,resnet50_infer,transformer_block,small_graph_latency
export workloads output home
python=$(command -v "${TOMBOLO_PYTHON:-python3}" || true)
if [ -n "$python" ] && "$python" -c 'import torch' 2>/dev/null; then
  section "PyTorch, milliseconds" 150 "$python" bench/gpu/torch_workloads.py --workloads "$workloads" \
    --output "$output/torch.tsv" ${quick:+--seconds 0.1}
else
  say "" "No PyTorch on this machine: its columns are left out."
fi
section "Workloads, answers compared with those of the CPU device" 250 bash -c \
  'java -cp "$folder/workloads:$folder/lib/*" org.tombolo.peers.Peers --engines tombolo-opencl,tombolo-cpu \
    --rounds 1 --seconds 0.5 --workloads "$workloads" --output "$output/workloads.md" >/dev/null
   status=$?; cat "$output/workloads.md"; exit $status'
if [ -f "$output/torch.tsv" ] && [ -f "$output/workloads.md" ]; then
  section "Side by side: milliseconds, and how many times as fast as the faster of PyTorch's" 20 "$python" \
    bench/gpu/torch_workloads.py --join "$output/workloads.md" "$output/torch.tsv"
fi
# Last, since it takes what time is left.
section "Conformance kit" $((570 - SECONDS)) bash -c "tombolo conformance --device opencl ${quick:+--quick}"
say "" "$([ "$failed" -eq 0 ] && echo "All of it ran." || echo "Something failed: see above.") $SECONDS s."
exit "$failed"
