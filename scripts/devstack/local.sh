#!/usr/bin/env bash
# @MARK@
# stack.sh runs it when all else is done: Cilium, where the container plugin wanted no flannel and so
# gave no occasion to install it in its place. Otherwise there is nothing left to do.
set -euo pipefail

exec "$(dirname "$(readlink -f "${BASH_SOURCE[0]}")")/cilium.sh"
