#!/bin/sh
# Says once a day when a disk is fuller than so many percent: disk.sh TO PERCENT PATH [OPTION…]
# For cron. See docs/bots.md.
set -eu
to=$1 limit=$2 path=$3
shift 3

used=$(df -P "$path" | awk 'NR == 2 { sub("%", "", $5); print $5 }')
[ "$used" -ge "$limit" ] || exit 0

# The same id for the whole day: however often cron calls this, it is sent once.
id=$(printf '%s %s %s' "$(date +%F)" "$to" "$path" | sha256sum | cut -c 1-32)
echo "$(uname -n): $path is more than $limit % full" |
  heliograph send "$to" --stdin --id "$id" --spool --quiet "$@"
