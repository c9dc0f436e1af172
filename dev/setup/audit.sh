#!/bin/sh
# Look the packages of every lock up in pip-audit's database of vulnerabilities.
# Says so where it cannot be reached.
set -eu
cd "$(dirname "$0")/../.."

# Each exemption is explained in SECURITY.md.
set -- --ignore-vuln CVE-2025-69872

for lock in requirements/*.lock; do
    if found=$(pip-audit --strict --progress-spinner off --disable-pip --require-hashes \
        -r "$lock" "$@" 2>&1); then
        echo "audit: $lock: $found"
        continue
    fi
    case $found in
        *"not found on"* | *ConnectionError* | *"Max retries"* | *"timed out"*)
            echo "audit: $lock was not audited: no database of vulnerabilities can be reached" ;;
        *)
            echo "$found" >&2
            exit 1 ;;
    esac
done
