# Finds a JDK for the scripts in this repository; sourced, not run. Works with bash 3.2 (macOS).
#
# TOMBOLO_JAVA_HOME   use this JDK and no other
# TOMBOLO_JDK_SEARCH  look in these folders (separated by colons) in place of the usual ones
# shellcheck shell=bash

JDK_NEEDED=25

# The folders under which JDKs are usually installed, one a line.
jdk_usual_folders() {
  if [ -n "${TOMBOLO_JDK_SEARCH:-}" ]; then
    printf '%s\n' "$TOMBOLO_JDK_SEARCH" | tr ':' '\n'
  else
    printf '%s\n' /usr/lib/jvm /usr/lib64/jvm /usr/java /usr/local/java /opt /opt/java \
      "${HOME:-/root}/.sdkman/candidates/java" "${HOME:-/root}/.jdks" \
      /Library/Java/JavaVirtualMachines "${HOME:-/root}/Library/Java/JavaVirtualMachines" \
      /opt/homebrew/opt /usr/local/opt
  fi
}

# jdk_major HOME: the feature version of the JDK there, or nothing.
jdk_major() {
  local version=""
  [ -x "$1/bin/java" ] || return 0
  if [ -r "$1/release" ]; then
    version=$(sed -n 's/^JAVA_VERSION="\{0,1\}\([0-9][0-9]*\).*/\1/p' "$1/release" | head -n 1)
  fi
  if [ -z "$version" ]; then
    version=$("$1/bin/java" -version 2>&1 | sed -n 's/.*version "\([0-9][0-9]*\).*/\1/p' | head -n 1)
  fi
  printf '%s' "$version"
}

# jdk_what HOME: what is there, in words.
jdk_what() {
  local major
  major=$(jdk_major "$1")
  if [ -z "$major" ]; then
    printf 'no Java'
  elif [ -x "$1/bin/javac" ]; then
    printf 'JDK %s' "$major"
  else
    printf 'Java %s without compiler' "$major"
  fi
}

# jdk_fits HOME: is this a JDK (compiler included) that is new enough?
jdk_fits() {
  local major
  [ -x "$1/bin/javac" ] || return 1
  major=$(jdk_major "$1")
  [ -n "$major" ] && [ "$major" -ge "$JDK_NEEDED" ]
}

# Prints the home of the first JDK that fits; otherwise explains on stderr and returns 1.
find_jdk() {
  local home link folder seen=""
  if [ -n "${TOMBOLO_JAVA_HOME:-}" ]; then
    if jdk_fits "$TOMBOLO_JAVA_HOME"; then
      printf '%s\n' "$TOMBOLO_JAVA_HOME"
      return 0
    fi
    {
      echo "TOMBOLO_JAVA_HOME=$TOMBOLO_JAVA_HOME: found $(jdk_what "$TOMBOLO_JAVA_HOME"), need JDK $JDK_NEEDED or newer."
      echo "  try: set it to the folder whose bin/ holds java and javac, or unset it to search the usual places"
    } >&2
    return 1
  fi

  if [ -n "${JAVA_HOME:-}" ]; then
    if jdk_fits "$JAVA_HOME"; then
      printf '%s\n' "$JAVA_HOME"
      return 0
    fi
    seen="$seen JAVA_HOME=$JAVA_HOME ($(jdk_what "$JAVA_HOME"))"
  fi

  link=$(command -v javac 2>/dev/null || true)
  while [ -n "$link" ] && [ -L "$link" ]; do
    home=$(readlink "$link")
    case $home in
      /*) link=$home ;;
      *) link=$(dirname "$link")/$home ;;
    esac
  done
  if [ -n "$link" ]; then
    home=$(cd "$(dirname "$link")/.." && pwd -P)
    if jdk_fits "$home"; then
      printf '%s\n' "$home"
      return 0
    fi
  fi

  while IFS= read -r folder; do
    for home in "$folder" "$folder"/* "$folder"/*/Contents/Home \
      "$folder"/*/libexec/openjdk.jdk/Contents/Home; do
      if jdk_fits "$home"; then
        printf '%s\n' "$home"
        return 0
      fi
      if [ -x "$home/bin/java" ]; then
        seen="$seen $home ($(jdk_what "$home"))"
      fi
    done
  done <<EOF
$(jdk_usual_folders)
EOF

  {
    echo "No JDK $JDK_NEEDED or newer found; saw:${seen:- no Java at all}."
    echo "  try: install one (Debian, Ubuntu: apt-get install openjdk-$JDK_NEEDED-jdk or temurin-$JDK_NEEDED-jdk;" \
      "macOS: brew install openjdk; anywhere: https://adoptium.net) or set JAVA_HOME to it"
  } >&2
  return 1
}
