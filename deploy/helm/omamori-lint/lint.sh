#!/bin/sh
# Helm 4.3 drops what a post-renderer writes to standard error, so that nobody would read the findings: they go to Helm's
# own standard error, where the system has a way there (Linux).
errors="/proc/$PPID/fd/2"
(: 2>>"$errors") 2>/dev/null || errors=/dev/stderr
exec omamori lint -o manifests "$@" - 2>>"$errors"
