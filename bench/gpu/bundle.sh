#!/usr/bin/env bash
# Makes a folder with all that bench/gpu/run.sh needs on a bare machine: a Java runtime, our jars, the classes of the
# workloads, and an OpenCL loader; some 50 MiB.
#   bench/gpu/bundle.sh [FOLDER]     FOLDER: target/gpu
# The loader is Debian's libOpenCL.so.1 (package ocl-icd-libopencl1), taken from where the system finds it.
set -euo pipefail

home=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd -P)
cd "$home"
# shellcheck source=scripts/jdk.sh
. scripts/jdk.sh
folder=${1:-target/gpu}
jdk=$(find_jdk)

./tombolo --version >/dev/null
# Maven's offline option and the like may be given in MAVEN_ARGS.
# shellcheck disable=SC2086
mvn ${MAVEN_ARGS:-} -B -q -ntp -Ppeers -pl peers -am -Dmaven.test.skip=true compile

loader=$(ldconfig -p | awk '/libOpenCL\.so\.1 / {print $NF; exit}')
if [ -z "$loader" ]; then
  echo "bundle: no OpenCL loader: no libOpenCL.so.1 in ldconfig -p" >&2
  echo "  try: apt-get install --no-install-recommends ocl-icd-libopencl1" >&2
  exit 2
fi

rm -rf "$folder"
mkdir -p "$folder/native"
cp -r cli/target/tombolo/lib "$folder/lib"
cp -r peers/target/classes "$folder/workloads"
cp -L "$loader" "$folder/native/libOpenCL.so.1"
"$jdk/bin/jlink" --output "$folder/runtime" --strip-debug --no-header-files --no-man-pages --compress zip-6 \
  --add-modules java.base,java.logging,java.management,java.xml,jdk.management,jdk.incubator.vector,jdk.jfr,jdk.unsupported
du -sh "$folder"
