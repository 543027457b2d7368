# The guard of an instance: keeps the limits that hotaru was given, alone, until the instance powers off. For any POSIX
# shell (dash, busybox, bash) with coreutils or busybox; what else there is (systemd, curl, nvidia-smi) is used.
#   guard boot <ORDERS   starts it; run at every boot by cloud-init's bootcmd, with INSTANCE_ID in the environment
#   guard run            is it
#   guard orders <ORDERS | guard keep SECONDS | guard status
# Orders are lines of NAME NUMBER, `written` first, `end` last; an instance type is the name of its price an hour.
# Prices are millionths of a dollar; `units` are those of an hour, by the second (3600 units are a millionth).
export LC_ALL=C PATH="$PATH:/usr/sbin:/sbin"
set -f
# Tests have a root of their own.
O=$HOTARU_ROOT R=$HOTARU_ROOT/run/hotaru

# Activity is more than this: percent of a GPU, percent of one core, KB a second. /etc/hotaru/guard.conf may say other
# numbers (`cpu 50`).
gpu=5 cpu=25 net=50 disk=1000

# numbers FILE NAMES: sets those of the names that the file has.
numbers() {
  while IFS='= ' read -r k v _; do
    case $v in '' | *[!0-9]* | ????????????????*) continue ;; esac
    case " $2 " in *" $k "*) eval "$k=$v" ;; esac
    [ "$k" != "$type" ] || rate=$v
  done <"$1"
}

# put FILE WIDTH TEXT: overwrites in place, so that a full disk does not matter, and by one call, so that it is whole.
put() { printf "%-$2s\n" "$3" 1<>"$1"; }

uptime() {
  read -r up _ <$O/proc/uptime
  up=${up%.*}
}

# say TEXT FILE...: on the console, on terminals. Never waits: a terminal that was stopped keeps its writer.
say() {
  text=$1
  shift
  set +f
  for t in $*; do [ ! -e "$t" ] || printf '\r\nhotaru guard: %s\r\n' "$text" >"$t" & done
  set -f
}

# Whether what was begun as NAME still runs, be it by a guard that was killed since.
alive() { read -r p <$R/pid.$1 && kill -0 "$p"; }

# begin NAME: the function of that name beside the keeper, unless it still runs. The keeper waits for none of them.
begin() {
  alive $1 && return
  $1 &
  echo $! >$R/pid.$1
}

nap() {
  sleep $1 &
  wait $!
  kill $!
}

# Time. The metadata service says it once in a boot (and the instance type), and /proc/uptime counts on, so that nobody's
# `date -s` matters. Until it has answered: the latest of the system's clock, the orders' time and the last known time.
# A clock set back makes nothing late then; one set forward is believed, for most such were wrong and are put right, and
# an early end costs less than none.
ask() {
  m=http://169.254.169.254/latest h=X-aws-ec2-metadata-token
  if command -v curl; then
    k=$(curl -sfm2 -XPUT -H "$h-ttl-seconds: 60" $m/api/token)
    a=$(echo "header=\"$h: $k\"" | curl -sfim2 -K- $m/meta-data/instance-type)
  else
    k=$(wget -qO- -T2 -t1 --method=PUT --header="$h-ttl-seconds: 60" $m/api/token)
    a=$(wget -qSO- -T2 -t1 --header="$h: $k" $m/meta-data/instance-type 2>&1)
  fi
  uptime
  t=
  # Date: Sun, 22 Nov 2026 01:02:03 GMT ... TYPE
  set -- $a
  while [ $# -gt 1 ]; do
    case $1 in [Dd]ate:) d=${3#0} m=$4 y=$5 t=$6 ;; esac
    shift
  done
  if [ "$t" ]; then
    h=JanFebMarAprMayJunJulAugSepOctNovDec
    h=${h%%$m*} m=$((${#h} / 3 + 1))
    [ $m -gt 2 ] || m=$((m + 12)) y=$((y - 1))
    d=$((365 * y + y / 4 - y / 100 + y / 400 + (153 * m - 457) / 5 + d - 719469)) h=${t%%:*} s=${t##*:}
    t=${t%:*} t=${t#*:}
    d=$((d * 86400 + ${h#0} * 3600 + ${t#0} * 60 + ${s#0}))
    put $R/meta 60 "$d $up $1 ok"
  fi
  kill -USR1 $$
}

clock() {
  uptime
  if [ $fixed = 0 ]; then
    if read -r s k t x <$R/meta && [ "$x" = ok ]; then
      base=$((s - k)) type=$t fixed=1
    else
      s=$(date +%s)
      [ $((s - up)) -le $base ] || base=$((s - up))
      [ $((up - asked)) -lt 60 ] || { asked=$up; begin ask; }
    fi
  fi
  now=$((base + up))
}

orders() {
  until=0 idle=0 budget=0 other=0 address=0 disks=0 sent=0 spent=0 rate=
  numbers $R/orders 'written until idle budget other address disks sent spent'
  rate=${rate:-$other}
}

# Network bytes: all, and those sent. What containers say to each other is none of them.
traffic() {
  all=0 out=0
  while IFS=': ' read -r i r _ _ _ _ _ _ _ t _; do
    case $i in lo | veth* | docker* | br-* | '') continue ;; esac
    case $t in '' | *[!0-9]*) continue ;; esac
    all=$((all + r + t)) out=$((out + t))
  done <$O/proc/net/dev
}

# Running is paid until `paid` (60 seconds at least for each start: EC2's rule), disks until `at`, both in uptime.
charge() {
  units=$((units + disks * (up - at))) at=$up
  [ $up -le $paid ] || units=$((units + (rate + address) * (up - paid))) paid=$up
  traffic
  [ $out -le $tx ] || units=$((units + (out - tx) * sent / 277778))
  tx=$out
  [ $units -ge $((spent * 3600)) ] || units=$((spent * 3600))
}

# Which limits are past. A budget keeps back a week of disks.
past() {
  gone=- room=$((budget * 3600 - disks * 604800 - units))
  [ $until = 0 ] || [ $now -lt $until ] || gone=${gone}time
  [ $budget = 0 ] || [ $room -gt 0 ] || gone=${gone}budget
}

saw() { active=$up by=$1; }

# The idle limit. Probes run beside the keeper, once a minute, and leave time stamps. One that hangs (nvidia-smi can, in
# the kernel) says nothing and is not begun again: the others decide alone, for such a driver computes no more.
# In the last minute what before-end.d does is no activity; only people, jobs and notebooks are.
watch() {
  [ $idle != 0 ] || { saw -; return; }
  for i in look gpus; do
    [ $pre = 0 ] || [ $i = look ] || continue
    read -r t b <$R/seen.$i && [ $t -gt $active ] && active=$t by=$b
  done
  d=$((up - looked))
  [ $d -gt 59 ] || [ $left -lt 61 ] && [ $d -gt 0 ] || return
  numbers $O/etc/hotaru/guard.conf 'gpu cpu net disk'
  # The control group's counters where it has some: in a container /proc/stat and diskstats are the host's.
  g=$O/sys/fs/cgroup
  if read -r _ c <$g/cpu.stat; then
    c=$((c / 10000))
  else
    read -r _ a b c _ _ t s _ <$O/proc/stat
    c=$((a + b + c + t + s))
  fi
  s=0
  [ -e $g/cgroup.events ] || while read -r _ _ n _ _ r _ _ _ w _; do
    case $n in nvme*n[0-9] | [xsv]*d[a-z]) s=$((s + r + w)) ;; esac
  done <$O/proc/diskstats
  if [ $looked != 0 ] && [ $pre = 0 ]; then
    [ $((s - s0)) -le $((disk * d * 2)) ] || saw disk
    [ $((all - all0)) -le $((net * d * 1000)) ] || saw net
    [ $((c - c0)) -le $((cpu * d)) ] || saw cpu
  fi
  looked=$up c0=$c all0=$all s0=$s
  begin look
  begin gpus
}

# The cheap ones: people, jobs, notebooks.
look() {
  b=
  set +f
  # A key pressed changes a terminal's access time; output does not, nor does a session left open.
  set -- $(stat -c %X $O/dev/pts/[0-9]* $O/dev/ttyS0)
  read -r t <$R/ttys && [ "$t" != "$*" ] && b=terminal
  echo "$*" >$R/ttys
  for f in $R/jobs/*; do
    [ -f "$f" ] && read -r p <"$f" && kill -0 "$p" && b=job
  done
  for f in $O/root $O/home/*; do
    for f in $f/.local/share/jupyter/runtime/[jn]*server-*.json; do
      [ -f "$f" ] || continue
      u=$(sed -n 's/.*"url": *"\(http[^"]*\)".*/\1/p' "$f") k=$(sed -n 's/.*"token": *"\([^"]*\)".*/\1/p' "$f")
      printf 'url="%sapi/kernels"\nheader="Authorization: token %s"' "$u" "$k" | curl -skm5 -K- |
        grep -q '"execution_state": *"busy"' && b=jupyter
    done
  done
  [ -z "$b" ] || put $R/seen.look 30 "$up $b"
}

# A GPU is busy by its utilisation, or when memory is taken or given back. A process that only holds memory is none: an
# open notebook does. Where utilisation is not to be had (MIG says [N/A]) any compute process counts.
gpus() {
  b= m= n=
  set +f
  for f in $O/sys/class/drm/card*/device/gpu_busy_percent; do
    read -r v <$f && [ $v -gt $gpu ] && b=gpu
  done
  command -v nvidia-smi && g=$(nvidia-smi --query-gpu=memory.used,utilization.gpu --format=csv,noheader,nounits) &&
    while IFS=', ' read -r k v; do
      m=$m$k,
      case $v in '' | *[!0-9]*) n=1 ;; *) [ $v -le $gpu ] || b=gpu ;; esac
    done <<E
$g
E
  [ -z "$n" ] || case $(nvidia-smi --query-compute-apps=pid --format=csv,noheader) in *[0-9]*) b=gpu ;; esac
  read -r k <$R/memory && [ "$k" != "$m" ] && b=gpu
  echo "$m" >$R/memory
  [ -z "$b" ] || put $R/seen.gpus 30 "$up $b"
}

sooner() { [ $ends != 0 ] && [ $1 -ge $ends ] || ends=$1 why=$2; }

# The earliest end, if all goes on as it is; what is past already and has its grace is none.
decide() {
  ends=0 why=- left=999999 r=$((rate + address + disks))
  past
  case $over in *time*) ;; *) [ $until = 0 ] || sooner $until time ;; esac
  case $budget$over in 0* | *budget*) ;; *)
    if [ $room -le 0 ]; then
      sooner $now budget
    elif [ $r -gt 0 ]; then
      sooner $((now + room / r)) budget
    fi ;;
  esac
  if [ $idle != 0 ]; then
    t=$((base + active + idle))
    [ $keep -le $t ] || t=$keep
    sooner $t idle
  fi
  [ $grace = 0 ] || sooner $grace grace
  [ $ends = 0 ] || left=$((ends - now))
}

warn() {
  n=0
  for m in 600 300 60; do [ $left -gt $m ] || n=$((n + 1)); done
  # Not at each pause of somebody whose idle limit is short.
  [ $why != idle ] || [ $((up - active)) -ge $((idle / 2)) ] || n=0
  [ $n -le $warned ] || [ $left -le 0 ] ||
    say "this instance ends in $(((left + 59) / 60)) min ($why). Later: hotaru extend, hotaru keep" "$O/dev/console $O/dev/pts/[0-9]*"
  warned=$n
}

before() {
  set +f
  for f in $O/etc/hotaru/before-end.d/*; do [ -f "$f" ] && [ -x "$f" ] && "$f"; done
}

# What the user wants done first begins a minute before the end; where an end comes at once, it gets half a minute.
prepare() {
  [ $left -le 60 ] || pre=0
  [ $left -le 60 ] && [ $pre = 0 ] && [ -d $O/etc/hotaru/before-end.d ] && { begin before; pre=$up; }
}

save() {
  mkdir -p $D
  [ -s $D/orders ] || put $D/orders 2047 "$(cat $R/orders)"
  put $D/state 255 "$now $units $keep $grace $ended $type ok"
}

report() {
  put $R/state 255 "$base $fixed $paid $at $units $tx $active $keep $grace $known $warned $pre $by $over $type ok"
  n=$((up - active))
  [ $idle != 0 ] || n=
  printf '%s\n' "hotaru-guard begin" "instance $id" "until $until" "idle $idle" "budget $budget" "now $now" \
    "idle_for $n" "active_by $by" "keep $keep" "grace $grace" "spent $((units / 3600))" "ends $ends" "ends_by $why" \
    "hotaru-guard end" >$R/status
}

finish() {
  say "$why limit reached: powering off" "$O/dev/console $O/dev/pts/[0-9]*"
  ended=1
  save &
  while :; do
    poweroff &
    nap 20
    systemctl poweroff -ff &
    poweroff -f &
    nap 10
    echo s >$O/proc/sysrq-trigger &
    nap 5
    echo o >$O/proc/sysrq-trigger
  done
}

tick() {
  clock
  orders
  charge
  if [ $written != $known ]; then
    known=$written warned=0
    past
    [ $gone != - ] || [ $grace = 0 ] || { grace=0 over=-; echo >$O/run/motd.d/hotaru; }
  fi
  read -r k <$R/keep && keep=$((base + k))
  watch
  decide
  warn
  prepare
  report
  [ $((up - saved)) -lt 60 ] || { saved=$up; begin save; }
  [ -z "$NOTIFY_SOCKET" ] || systemd-notify WATCHDOG=1 &
  [ $left -gt 0 ] || { [ $pre != 0 ] && [ $((up - pre)) -lt 30 ] && alive before; } || finish
  n=20
  [ $left -le 60 ] || [ $((left - 60)) -ge $n ] || n=$((left - 60))
  [ $left -ge $n ] || n=$left
  [ $n -gt 0 ] || n=1
}

# The start of a boot. Started past its limits an instance gets a quarter of an hour, unless the orders are newer than
# its last stop and ask for that, or it was only rebooted (nobody ended it, and it was away for less than 5 minutes); a
# grace that is not over goes on, so that no loop of reboots lasts.
arm() {
  read -r last units keep grace ended type x <$D/state && [ "$x" = ok ] || last=0 units=0 keep=0 grace=0 ended=0 type=-
  orders
  read -r x <$O/proc/1/stat
  # Field 22: when it was started. An instance of the sim has its host's uptime.
  set -- ${x##*) }
  age=$((up - ${20} / 100)) base=$(($(date +%s) - up)) asked=$up fixed=0
  for t in $written $last; do [ $((t - up)) -le $base ] || base=$((t - up)); done
  begin ask
  nap 5
  clock
  orders
  known=$written active=$up by=- pre=0 warned=0 tx=0 at=$up over=-
  [ $last = 0 ] && gap=$age || gap=$((now - last))
  [ $gap -gt 0 ] || gap=0
  [ $age -gt 59 ] && t=$age || t=60
  paid=$((up - age + t)) units=$((units + disks * gap + (rate + address) * t))
  past
  if [ $gone = - ] || [ $written -gt $last ]; then
    grace=0
  elif [ $grace -le $now ]; then
    [ $ended$((gap > 300)) = 00 ] && grace=0 || grace=$((now + 900))
  fi
  ended=0
  [ $grace = 0 ] && return
  over=$gone
  mkdir -p $O/run/motd.d
  echo "hotaru guard: past its limits; ends at $(date -d @$grace), unless: hotaru extend" >$O/run/motd.d/hotaru
}

run() {
  [ "$O" ] || exec >/dev/null 2>&1
  echo $$ >$R/pid.run
  trap : USR1
  read -r id <$R/id
  D=$O/var/lib/hotaru/$id ended=0
  uptime
  asked=$up saved=$((up - 60)) looked=0 left=999999
  read -r base fixed paid at units tx active keep grace known warned pre by over type x <$R/state && [ "$x" = ok ] || arm
  tick
  say "armed: $id until $until idle $idle budget $budget" $O/dev/console
  while :; do
    nap $n
    tick
  done
}

# Orders of the standard input count if none here were written later.
take() {
  cat >$R/new.$$
  newer $R/new.$$ $R/orders 2>/dev/null && mv -f $R/new.$$ $R/orders
}

newer() {
  grep -q ^end $1 || return
  read -r _ a <$1
  read -r _ b <$2 || return 0
  [ "$a" -ge "${b:-0}" ]
}

# What the keeper says now.
status() {
  : >$R/status
  i=0
  while [ $((i += 1)) -lt 50 ]; do
    read -r p <$R/pid.run && kill -USR1 $p
    sleep .1 || sleep 1
    grep -q end $R/status && exec cat $R/status
  done 2>/dev/null
  echo 'hotaru guard: none answers' >&2
  exit 1
}

boot() {
  umask 022
  mkdir -p $R
  mkdir -m 1777 $R/jobs
  echo "$INSTANCE_ID" >$R/id
  take
  i=$O/var/lib/hotaru/$INSTANCE_ID/orders
  [ ! -f $i ] || take <$i
  cd /
  if [ -d $O/run/systemd/system ]; then
    cat >$O/run/systemd/system/hotaru-guard.service <<E
[Unit]
DefaultDependencies=no
IgnoreOnIsolate=yes
StartLimitIntervalSec=60
StartLimitBurst=20
StartLimitAction=poweroff-force
[Service]
ExecStart=/bin/sh $R/guard run
Restart=always
RestartSec=1
WatchdogSec=60
NotifyAccess=all
KillMode=process
OOMScoreAdjust=-1000
E
    systemctl start --no-block hotaru-guard && return
  fi
  alive run || setsid sh -c 'echo -1000 >/proc/self/oom_score_adj; while :; do sh $0 run; sleep 1; done' $R/guard \
    </dev/null >/dev/null 2>&1 &
}

case $1 in
  run) run ;;
  boot) boot ;;
  status) status ;;
  keep)
    uptime
    echo $((up + $2)) >$R/keep
    status ;;
  orders)
    take
    read -r i <$R/id
    put $O/var/lib/hotaru/$i/orders 2047 "$(cat $R/orders)" 2>/dev/null &
    status ;;
esac
