#!/bin/sh
# Starts a Slurm of one node on this machine, as the user who calls it, with all of its files in the folder given:
#
#   tests/slurm/start.sh FOLDER     prints the lines that a shell needs to use it, or says what is not installed and ends with 3
#   tests/slurm/stop.sh FOLDER      ends it
#
# Debian has all of it in the packages slurm-wlm and munge. No system service is touched: ports, keys and sockets are its own.
set -eu
folder=$(mkdir -p "$1" && cd "$1" && pwd)
PATH=$PATH:/usr/sbin:/sbin
for program in munged mungekey slurmctld slurmd sbatch squeue scontrol; do
    if ! command -v "$program" > /dev/null; then
        echo "$program is not installed; Debian: apt-get install slurm-wlm munge" >&2
        exit 3
    fi
done
host=$(hostname -s)
user=$(id -un)
cpus=$(nproc)
memory=$(awk '/^MemTotal:/ { print int($2 / 1024) }' /proc/meminfo)
# Two ports that are likely to be free, other ones for each process.
port=$((20000 + $$ % 20000))
chmod 755 "$folder"
mkdir -p "$folder/state" "$folder/spool" "$folder/munge"
chmod 700 "$folder/munge"
mungekey --create --keyfile="$folder/munge/key"
munged --force --key-file="$folder/munge/key" --socket="$folder/munge.socket" --pid-file="$folder/munge/pid" \
    --log-file="$folder/munge/log" --seed-file="$folder/munge/seed" 2> "$folder/munge/errors"
cat > "$folder/slurm.conf" <<END
ClusterName=ganymede
SlurmctldHost=$host(127.0.0.1)
SlurmctldPort=$port
SlurmdPort=$((port + 1))
SlurmUser=$user
SlurmdUser=$user
AuthType=auth/munge
CryptoType=crypto/munge
AuthInfo=socket=$folder/munge.socket,cred_expire=10
StateSaveLocation=$folder/state
SlurmdSpoolDir=$folder/spool
SlurmctldPidFile=$folder/slurmctld.pid
SlurmdPidFile=$folder/slurmd.pid
SlurmctldLogFile=$folder/slurmctld.log
SlurmdLogFile=$folder/slurmd.log
ProctrackType=proctrack/linuxproc
TaskPlugin=task/none
JobAcctGatherType=jobacct_gather/none
AccountingStorageType=accounting_storage/none
SelectType=select/cons_tres
SelectTypeParameters=CR_CPU
SchedulerParameters=sched_interval=1,bf_interval=1,batch_sched_delay=0
ReturnToService=2
KillWait=5
MailProg=/bin/true
NodeName=$host NodeAddr=127.0.0.1 CPUs=$cpus RealMemory=$memory State=UNKNOWN
PartitionName=main Nodes=$host Default=YES MaxTime=INFINITE State=UP
END
export SLURM_CONF="$folder/slurm.conf"
slurmctld -c > "$folder/start.log" 2>&1
slurmd -N "$host" >> "$folder/start.log" 2>&1
tries=0
until sinfo --noheader --format=%T 2> /dev/null | grep -q idle; do
    tries=$((tries + 1))
    if [ "$tries" -gt 60 ]; then
        echo "the node did not become idle; see $folder/slurmctld.log" >&2
        exit 1
    fi
    sleep 0.5
done
echo "export SLURM_CONF='$SLURM_CONF'"
