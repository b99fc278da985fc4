#!/bin/sh
# process.sh NAME MODULE: run a process of Switchroom under supervisord, with everything it says in var/log/NAME.log.
# It writes the file itself: a supervisor in between would cost two system calls and a wake-up for each line.
# Descriptor 3 keeps the supervisor's pipe open, which is how it sees at once that the process has ended.
name=$1
shift
exec python -m "$@" 3>&1 >>"var/log/$name.log" 2>&1
