#!/bin/sh
# XDL's programs read their place from the command line.
exec python train.py --task_name="$TASK_NAME" --task_index="$TASK_INDEX" --task_num="${TASK_NUM:-1}" \
    --zk_addr="$ZK_ADDR" --ps_num="$PS_NUM" --ps_cpu_cores="$PS_CPU_CORES" --ps_memory_m="$PS_MEMORY_M" "$@"
