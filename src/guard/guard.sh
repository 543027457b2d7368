# The guard of an instance: keeps the limits that hotaru was given, alone, until the instance powers off. For any POSIX
# shell (dash, busybox, bash) with coreutils or busybox; what else there is (systemd, curl, nvidia-smi) is used.
#   guard boot <ORDERS   starts it; run at every boot by cloud-init's bootcmd, with INSTANCE_ID in the environment
#   guard run            is it
#   guard orders <ORDERS | guard keep SECONDS | guard status
# Orders are lines of NAME NUMBER, `written` first, `end` last; an instance type is the name of its price an hour.
# Prices are millionths of a dollar; `units` are those of an hour, by the second (3600 units are a millionth).
# User data is small: comments and indentation are left out of it, names are short.
# Tests have a root of their own.
O=$HOTARU_ROOT
R=$O/run/hotaru
V=$O/var/lib/hotaru

# Activity is more than this: percent of a GPU, percent of one core, KB a second. /etc/hotaru/guard.conf may say other
# numbers (`cpu 50`).
gpu=5 cpu=25 net=50 disk=1000

# load FILE NAMES: sets those of the names that the file has.
load() {
  while IFS='= ' read -r k v _; do
    case $v in
      '' | *[!0-9]*) ;;
      *)
        [ $k != "$type" ] || rate=$v
        case " $2 " in *" $k "*) eval $k=$v ;; esac
        ;;
    esac
  done <$1
}

# put FILE WIDTH TEXT: overwrites in place, so that a full disk does not matter, and by one call, so that it is whole.
put() { printf "%-$2s\n" "$3" 1<>$1; }

up() {
  read -r up _ <$O/proc/uptime
  up=${up%.*}
}

# say TEXT: on the console and on terminals. Never waits: a terminal that was stopped keeps its writer.
say() {
  for t in $O/dev/console $O/dev/pts/[0-9]*; do
    printf '\r\nhotaru guard: %s\r\n' "$1" >$t &
  done
}

# Whether what was begun as NAME still runs, be it by a guard that was killed since.
alive() { read -r p <$R/pid.$1 && kill -0 $p; }

# begin NAME: the function of that name beside the keeper, unless it still runs. The keeper waits for none of them; what
# one finds active it says in `b`.
begin() {
  alive $1 && return
  {
    b=
    $1
    [ ! "$b" ] || put $R/seen.$1 30 "$up $b"
  } &
  echo $! >$R/pid.$1
}

nap() {
  sleep $1 &
  wait $!
}

# Time. The metadata service says it once in a boot (and the instance type), and /proc/uptime counts on, so that nobody's
# `date -s` matters. Until it has answered: the latest of the system's clock, the orders' time and the last known time.
# A clock set back makes nothing late then; one set forward is believed, for most such were wrong and are put right, and
# an early end costs less than none. (The token is no secret here: who can use it can get one.)
ask() {
  m=http://169.254.169.254/latest h=X-aws-ec2-metadata-token d= c='curl -sifm2 -X'
  command -v curl || c='wget -qSO- -T2 -t1 --method'
  for k in $($c PUT --header "$h-ttl-seconds: 9" $m/api/token 2>&1); do :; done
  # Date: Sun, 22 Nov 2026 01:02:03 GMT ... TYPE
  set -- $($c GET --header "$h: $k" $m/meta-data/instance-type 2>&1)
  up
  while [ "$2" ]; do
    case $1 in [Dd]ate:) d="$3 $4 $5 $6" ;; esac
    shift
  done
  case $d$1 in
    *:*:*.*) d=$(date -ud "$d" +%s || date -uD '%d %b %Y %T' -d "$d" +%s) && put $R/meta 60 "$d $up $1" ;;
  esac
  kill -USR1 $$
}

clock() {
  up
  [ $fix = 1 ] || if read -r s k t <$R/meta; then
    base=$((s-k)) type=$t fix=1
  else
    s=$(($(date +%s)-up))
    [ $s -le $base ] || base=$s
    [ $((up-asked)) -lt 60 ] || {
      asked=$up
      begin ask
    }
  fi
  now=$((base+up))
}

orders() {
  rate= n='written until idle budget other ip disks sent spent'
  for k in $n; do eval $k=0; done
  load $R/orders "$n"
  rate=${rate:-$other}
}

# Running is paid until `paid` (60 seconds at least for each start: EC2's rule), disks until `at`, both in uptime. What
# containers say to each other is not sent.
charge() {
  sum=$((sum+disks*(up-at))) at=$up all=0 out=0
  [ $up -le $paid ] || sum=$((sum+(rate+ip)*(up-paid))) paid=$up
  while IFS=': ' read -r n r _ _ _ _ _ _ _ t _; do
    case $n$t in
      lo[0-9]* | veth* | docker* | br-* | *[!0-9]) ;;
      *[0-9]) all=$((all+r+t)) out=$((out+t)) ;;
    esac
  done <$O/proc/net/dev
  sum=$((out>tx?sum+(out-tx)*sent/277778:sum)) tx=$out
  sum=$((spent*3600>sum?spent*3600:sum))
}

# Which limits are past. A budget keeps back a week of disks.
past() {
  gone=- room=$((budget*3600-disks*604800-sum))
  [ $until = 0 ] || [ $now -lt $until ] || gone=-time
  [ $budget = 0 ] || [ $room -gt 0 ] || gone=$gone-budget
}

saw() { act=$up by=$1; }

# The idle limit. Probes run beside the keeper, once a minute, and leave time stamps. One that hangs (nvidia-smi can, in
# the kernel) says nothing and is not begun again: the others decide alone, for such a driver computes no more.
# In the last minute what before-end.d does is no activity; only people, jobs and notebooks are.
watch() {
  [ $idle != 0 ] || {
    saw -
    return
  }
  for n in look gpus; do
    [ $pre = 0 ] || [ $n = look ] || continue
    read -r t k <$R/seen.$n && [ $t -gt $act ] && act=$t by=$k
  done
  d=$((up-seen))
  [ $d -gt 59 ] || [ $left -lt 61 ] && [ $d -gt 0 ] || return
  load $O/etc/hotaru/guard.conf 'gpu cpu net disk'
  # The control group's counters where it has some: in a container those in /proc are the host's.
  g=$O/sys/fs/cgroup s=0
  if read -r _ c <$g/cpu.stat; then
    c=$((c/10000))
  else
    read -r _ a b c _ _ t s _ <$O/proc/stat
    c=$((a+b+c+t+s)) s=0
  fi
  [ -e $g/cgroup.events ] || while read -r _ _ n _ _ r _ _ _ w _; do
    case $n in nvme*n[0-9] | [xsv]*d[a-z]) s=$((s+r+w)) ;; esac
  done <$O/proc/diskstats
  if [ $seen != 0 ] && [ $pre = 0 ]; then
    [ $((s-s0)) -le $((disk*d*2)) ] || saw disk
    [ $((all-all0)) -le $((net*d*1000)) ] || saw net
    [ $((c-c0)) -le $((cpu*d)) ] || saw cpu
  fi
  seen=$up c0=$c all0=$all s0=$s
  begin look
  begin gpus
}

# changed FILE TEXT: whether it is another than the last time.
new() {
  read -r t <$R/$1 || t=$2
  echo "$2" >$R/$1
  [ "$t" != "$2" ]
}

# People, jobs, notebooks.
look() {
  j=.local/share/jupyter/runtime/*server-*.json
  # A key pressed changes a terminal's access time; output does not, nor does a session left open.
  new ttys "$(echo $(stat -c %X $O/dev/pts/[0-9]* $O/dev/ttyS0))" && b=terminal
  for f in $R/jobs/*; do
    [ -f $f ] && read -r p <$f && kill -0 $p && b=job
  done
  for f in $O/root/$j $O/home/*/$j; do
    [ -f $f ] && sed -n 's/.*"url": *\("http[^"]*\)".*/url=\1api\/kernels"/p
s/.*"token": *"\([^"]*"\).*/header="Authorization: token \1/p' $f | curl -skm5 -K- |
      grep -q '"execution_state": *"busy"' && b=jupyter
  done
}

# A GPU is busy by its utilisation, or when memory is taken or given back. A process that only holds memory is none: an
# open notebook does. Where utilisation is not to be had (MIG says [N/A]) any compute process counts.
gpus() {
  m= s='nvidia-smi --format=csv,noheader,nounits --query-'
  # AMD's driver has a file.
  g=$(
    ${s}gpu=memory.used,utilization.gpu
    sed s/^/,/ $O/sys/class/drm/card*/device/gpu_busy_percent
  )
  while IFS=', ' read -r k v; do
    m=$m$k,
    case $v in
      '' | *[!0-9]*) ;;
      *) [ $v -le $gpu ] || b=gpu ;;
    esac
  done <<E
$g
E
  case $g in *\[*) case $(${s}compute-apps=pid) in *[0-9]*) b=gpu ;; esac ;; esac
  new memory "$m" && b=gpu
}

min() { [ $ends != 0 ] && [ $1 -ge $ends ] || ends=$1 why=$2; }

# The earliest end, if all goes on as it is; what is past already and has its grace is none.
decide() {
  ends=0 why=- left=999999 r=$((rate+ip+disks))
  past
  case $until$over in 0* | *time*) ;; *) min $until time ;; esac
  case $budget$over in
    0* | *budget*) ;;
    *)
      [ $room -gt 0 ] || room=0
      [ $room != 0 ] && [ $r = 0 ] || min $((now+room/(r+!r))) budget
      ;;
  esac
  t=$((base+act+idle))
  [ $keep -le $t ] || t=$keep
  [ $idle = 0 ] || min $t idle
  [ $grace = 0 ] || min $grace grace
  [ $ends = 0 ] || left=$((ends-now))
}

# Warnings 10, 5 and 1 minutes before; not at each pause of somebody whose idle limit is short.
warn() {
  n=0
  for k in 600 300 60; do [ $left -gt $k ] || n=$((n+1)); done
  [ $why != idle ] || [ $((up-act)) -ge $((idle/2)) ] || n=0
  [ $n -le $said ] || say "ends in $(((left+59)/60)) min ($why): hotaru extend, keep"
  said=$n
}

pre() {
  for f in $O/etc/hotaru/before-end.d/*; do [ -x $f ] && $f; done
}

save() {
  [ -d $D ] || mkdir -p $D
  [ -s $D/orders ] || put $D/orders 2047 "$(cat $R/orders)"
  put $D/state 255 "$now $sum $keep $grace $fin $type ok"
}

# What a guard that is killed goes on from, and what `status` prints.
names='base fix paid at sum tx act keep grace was said pre by over type id until idle budget now ends why'
report() {
  n=hotaru-guard
  for k in $names; do eval n=\"\$n \$$k\"; done
  put $R/state 400 "$n end"
  echo >$R/fresh
}

finish() {
  say "$why limit: powering off"
  # Who asks for the status now must not cut the orderly end short: a signal would end the nap.
  trap '' USR1
  fin=1
  save &
  while :; do
    poweroff &
    nap 20
    poweroff -ff &
    nap 10
    echo o >$O/proc/sysrq-trigger
  done
}

tick() {
  clock
  orders
  charge
  if [ $written != $was ]; then
    was=$written said=0
    past
    [ $gone != - ] || [ $grace = 0 ] || {
      grace=0 over=-
      echo >$O/run/motd.d/hotaru
    }
  fi
  read -r k <$R/keep && keep=$((base+k))
  watch
  decide
  warn
  # What the user wants done first begins a minute before the end; where an end comes at once, it gets half a minute.
  [ $left -le 60 ] || pre=0
  [ $left -gt 60 ] || [ $pre != 0 ] || [ ! -d $O/etc/hotaru/before-end.d ] || {
    begin pre
    pre=$up
  }
  report
  begin save
  [ -z "$NOTIFY_SOCKET" ] || systemd-notify WATCHDOG=1 &
  [ $left -gt 0 ] || { [ $pre != 0 ] && [ $((up-pre)) -lt 30 ] && alive pre; } || finish
  n=$((left>89||left<61&&left>30?30:left>60?left-60:left>0?left:1))
}

# The start of a boot. Started past its limits an instance gets a quarter of an hour, unless the orders are newer than
# its last stop and ask for that, or it was only rebooted (nobody ended it, and it was away for less than 5 minutes); a
# grace that is not over goes on, so that no loop of reboots lasts.
arm() {
  read -r last sum keep grace fin type x <$D/state && [ "$x" = ok ] || last=0 sum=0 keep=0 grace=0 fin=0 type=-
  orders
  read -r x <$O/proc/1/stat
  # Field 22: when it was started. An instance of the sim has its host's uptime.
  set -- ${x##*) }
  age=$((up-${20}/100)) base=$(($(date +%s)-up)) fix=0
  for t in $written $last; do [ $((t-up)) -le $base ] || base=$((t-up)); done
  begin ask
  nap 5
  clock
  orders
  was=$written act=$up by=- pre=0 said=0 tx=0 at=$up over=-
  [ $age -gt 59 ] && t=$age || t=60
  paid=$((up-age+t)) sum=$((sum+(rate+ip)*t))
  [ $last -gt $now ] || sum=$((sum+disks*(last?now-last:age)))
  past
  if [ $gone = - ] || [ $written -gt $last ]; then
    grace=0
  elif [ $grace -le $now ]; then
    grace=$((fin*999+now-last>300?now+900:0))
  fi
  fin=0
  [ $grace = 0 ] || {
    over=$gone
    mkdir -p $O/run/motd.d
    echo "hotaru guard: past its limits, ends at $(date -d @$grace), unless extended" >$O/run/motd.d/hotaru
  }
}

run() {
  echo $$ >$R/pid.run
  trap : USR1
  read -r id <$R/id
  up
  D=$V/$id fin=0 asked=$up seen=0 left=999999
  read -r x $names x <$R/state && [ "$x" = end ] || arm
  tick
  say "armed: $id until $until idle $idle budget $budget"
  while :; do
    nap $n
    tick
  done
}

# Orders of the standard input count if none here were written later.
take() {
  cat >$R/new
  grep -q end $R/new || return
  read -r _ a <$R/new
  read -r _ b 2>/dev/null <$R/orders || b=0
  [ $a -lt $b ] || mv -f $R/new $R/orders
}

boot() {
  mkdir -m1777 $R/jobs
  echo $INSTANCE_ID >$R/id
  take
  i=$V/$INSTANCE_ID/orders
  [ ! -f $i ] || take <$i
  u=run/systemd/system
  [ -d $O/$u ] && cat >$O/$u/hotaru-guard.service <<E && systemctl start --no-block hotaru-guard && return
[Unit]
DefaultDependencies=no
IgnoreOnIsolate=yes
StartLimitIntervalSec=60
StartLimitBurst=20
StartLimitAction=poweroff-force
[Service]
StandardOutput=null
ExecStart=/bin/sh $R/guard run
Restart=always
RestartSec=1
WatchdogSec=75
NotifyAccess=all
KillMode=process
OOMScoreAdjust=-1000
E
  alive run || setsid sh -c 'echo -1000 >/proc/self/oom_score_adj; while :; do sh $0 run; sleep 1; done' $R/guard \
    </dev/null >/dev/null 2>&1 &
}

case $1 in
  keep)
    up
    echo $((up+$2)) >$R/keep
    ;;
  orders)
    take
    read -r i <$R/id
    put $V/$i/orders 2047 "$(cat $R/orders)" &
    ;;
  run | boot)
    $1
    exit
    ;;
esac
# What the keeper says now, or failure.
rm -f $R/fresh
i=0
while [ $((i+=1)) -lt 50 ]; do
  read -r p <$R/pid.run && kill -USR1 $p
  sleep .1 || sleep 1
  [ -e $R/fresh ] && exec cat $R/state
done
exit 1
