# Shared by the verbs of ./dev: progress, packages, builds.
say() { if [ -t 1 ]; then printf '\033[1m== %s\033[0m\n' "$*"; else printf '== %s\n' "$*"; fi; }
fail_with() { printf 'dev: %s\n' "$*" >&2; exit 1; }

packages='clang-19 clang-tidy-19 clang-format-19 libclang-rt-19-dev llvm-19 mold ccache ninja-build cmake g++ pkg-config
libboost1.81-dev libssl-dev libsodium-dev libsimdjson-dev libfmt-dev libspdlog-dev libcli11-dev libtomlplusplus-dev
libpsl-dev libargon2-dev libcrypt-dev libcurl4-openssl-dev libsqlite3-dev libpq-dev libutf8proc-dev libgtest-dev libgmock-dev zlib1g-dev python3 curl'

# install_missing PACKAGE...: Debian packages that are missing, installed if we may.
install_missing() {
    local missing=() as_root=''
    for package in "$@"; do
        dpkg-query -W -f='${Status}' "$package" 2>/dev/null | grep -q 'install ok installed' || missing+=("$package")
    done
    [ ${#missing[@]} -gt 0 ] || return 0
    [ "$(id -u)" = 0 ] || as_root=sudo
    [ -z "$as_root" ] || command -v sudo >/dev/null || fail_with "as root: apt-get install ${missing[*]}"
    say "install ${missing[*]}"
    mkdir -p build
    $as_root apt-get update -qq
    DEBIAN_FRONTEND=noninteractive $as_root apt-get install -y -qq --no-install-recommends "${missing[@]}" >build/packages.log 2>&1 ||
        fail_with "apt-get failed; see build/packages.log"
}

# What building takes; a stamp makes the usual case cost nothing.
need_packages() {
    local stamp="build/.packages" wanted
    wanted=$(printf '%s' "$packages" | cksum)
    [ "$(cat "$stamp" 2>/dev/null)" = "$wanted" ] && return
    install_missing $packages
    mkdir -p build
    printf '%s' "$wanted" >"$stamp"
}

# Node 22 from npm, under build/: what builds the page and runs the JavaScript tests (Debian's own is only the boot-strap).
need_node() {
    command -v npm >/dev/null || install_missing nodejs npm
    if [ ! -x build/node/node_modules/node/bin/node ]; then
        say 'install Node 22 under build/node'
        npm install --silent --no-audit --no-fund --prefix build/node node@22 >build/node.log 2>&1 || fail_with 'npm failed; see build/node.log'
    fi
    export PATH="$PWD/build/node/node_modules/node/bin:$PATH"
}

# need_modules FOLDER: its npm packages, again when its lock file has changed.
need_modules() {
    [ "$1/node_modules/.package-lock.json" -nt "$1/package-lock.json" ] && return
    (cd "$1" && npm install --no-save --silent --no-audit --no-fund && touch node_modules/.package-lock.json)
}

# A server of PostgreSQL for the tests, which start their own: Debian's package shall neither make a cluster nor start one.
# The word for that stands in a file of its own, for as long as the package is being configured.
need_postgres() {
    local bin=${COUNTERSIGN_POSTGRES_BIN:-/usr/lib/postgresql/15/bin} as_root='' said=/etc/postgresql-common/createcluster.d/countersign.conf
    [ ! -x "$bin/initdb" ] || return 0
    install_missing postgresql-common
    [ "$(id -u)" = 0 ] || as_root=sudo
    $as_root mkdir -p "${said%/*}"
    echo 'create_main_cluster = false' | $as_root tee "$said" >/dev/null
    install_missing postgresql-15
    $as_root rm -f "$said"
}

# A browser for the browser tests; not among the packages, because nothing else needs it.
need_chromium() { command -v "${CHROMIUM:-chromium}" >/dev/null || install_missing chromium fonts-dejavu-core; }

# build_preset PRESET [TARGET...]
build_preset() {
    local preset=$1; shift
    say "build $preset"
    cmake --preset "$preset" >"build/configure-$preset.log" 2>&1 || { tail -20 "build/configure-$preset.log"; fail_with "cmake failed for $preset"; }
    cmake --build "build/$preset" -j "$(nproc)" ${1:+--target "$@"}
}
