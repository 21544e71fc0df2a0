#!/bin/sh
# Enable Vault's audit devices; a second run changes nothing. Vault's configuration file has no words for them.
#
#   VAULT_ADDR=https://… VAULT_CACERT=ca.crt VAULT_TOKEN=… audit.sh [HOST:PORT]
#
# stdout   every node writes to its container's log, which your collector takes from the node
# socket   HOST:PORT of a collector that listens on TCP, if you name one. With two devices, either may fail: Vault
#          answers a request if one of them has taken it, and no request at all if none has
set -eu

enabled=$(vault audit list -format=json || [ $? -eq 2 ]) # 2: there is none

enable() { # NAME WORDS...
  name=$1
  shift
  case $enabled in
    *"\"$name/\""*) echo "audit device $name/: there" ;;
    *) vault audit enable -path="$name" "$@" ;;
  esac
}

enable stdout file file_path=stdout
[ $# -eq 0 ] || enable socket socket "address=$1" socket_type=tcp
