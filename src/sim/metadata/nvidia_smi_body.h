#pragma once

namespace hotaru::sim {

/// What follows the facts in every simulated nvidia-smi. POSIX sh (it runs under dash), and little of it: values by
/// field name, then one function for each form of output. Texts of errors and their exit codes are nvidia-smi's own.
inline constexpr const char* nvidia_smi_body = R"sh(
note='nvidia-smi: this GPU is simulated, and so is every figure above.'
units= selected= loop= mode=table fields= form= xml=

say() { printf '%s\n' "$*"; }

# Sets $value, $unit and $header (nvidia-smi's own name of the field) for a field of GPU $1.
look_up() {
  unit='' header=$2
  case $2 in
    index) value=$1 ;;
    count) value=$count ;;
    name | gpu_name) value=$name header=name ;;
    uuid | gpu_uuid) value=$(uuid "$1") header=uuid ;;
    serial | gpu_serial) value='[N/A]' header=serial ;;
    timestamp) value=$(date '+%Y/%m/%d %H:%M:%S.000') ;;
    driver_version) value=$driver ;;
    vbios_version | inforom.img | inforom.image | inforom.oem | inforom.ecc | inforom.pwr) value='[N/A]' ;;
    compute_cap) value=$capability ;;
    pci.bus_id | gpu_bus_id) value=$(bus "$1") header=pci.bus_id ;;
    pci.domain) value=0x0000 ;;
    pci.bus) value=0x00 ;;
    pci.device) value=$(bus "$1") value=0x${value#*:*:} value=${value%.0} ;;
    pcie.link.gen.* ) value=3 ;;
    pcie.link.width.*) value=16 ;;
    persistence_mode) value=Enabled ;;
    display_mode | display_active | display_attached | accounting.mode) value=Disabled ;;
    accounting.buffer_size) value=4000 ;;
    compute_mode) value=Default ;;
    driver_model.*) value='[N/A]' ;;
    mig.mode.current | mig.mode.pending) value=$mig ;;
    ecc.mode.current | ecc.mode.pending) value=Enabled ;;
    ecc.errors.*) value=0 ;;
    pstate) value=P8 ;;
    clocks_throttle_reasons.active | clocks_event_reasons.active) value=0x0000000000000001 ;;
    clocks_throttle_reasons.gpu_idle | clocks_event_reasons.gpu_idle) value=Active ;;
    clocks_throttle_reasons.* | clocks_event_reasons.*) value='Not Active' ;;
    fan.speed) value='[N/A]' header='fan.speed [%]' ;;
    memory.total) value=$memory unit=MiB ;;
    memory.used | memory.reserved) value=0 unit=MiB ;;
    memory.free) value=$memory unit=MiB ;;
    utilization.gpu | utilization.memory | utilization.encoder | utilization.decoder | utilization.jpeg | utilization.ofa)
      value=0 unit=% ;;
    encoder.stats.*) value=0 ;;
    temperature.gpu) value=$((30 + $1 % 4)) ;;
    temperature.memory) value='[N/A]' ;;
    power.management) value=Enabled ;;
    power.draw | power.draw.average | power.draw.instant) value=$power_idle unit=W ;;
    power.limit | power.default_limit | power.max_limit | enforced.power.limit) value=$power_limit unit=W ;;
    power.min_limit) value=$power_min unit=W ;;
    clocks.gr | clocks.current.graphics) value=300 unit=MHz header=clocks.current.graphics ;;
    clocks.sm | clocks.current.sm) value=300 unit=MHz header=clocks.current.sm ;;
    clocks.mem | clocks.current.memory) value=405 unit=MHz header=clocks.current.memory ;;
    clocks.video | clocks.current.video) value=540 unit=MHz header=clocks.current.video ;;
    clocks.max.gr | clocks.max.graphics | clocks.max.sm | clocks.applications.gr | clocks.applications.graphics | \
      clocks.default_applications.graphics) value=$clock unit=MHz ;;
    clocks.max.mem | clocks.max.memory | clocks.applications.mem | clocks.applications.memory | \
      clocks.default_applications.memory) value=$clock_memory unit=MHz ;;
    *) return 1 ;;
  esac
  [ -z "$unit" ] || header="$header [$unit]"
}

check_form() {
  case ",$form," in
    *,csv,*) ;;
    *)
      say "Invalid combination of input arguments. Please run 'nvidia-smi -h' for help."
      return 2
      ;;
  esac
  case ",$form," in *,nounits,*) units=no ;; esac
}

# Splits at commas, drops blanks.
words() { say "$1" | tr -d ' \t' | tr ',' ' '; }

query_gpu() {
  check_form || return
  line=''
  for field in $(words "$fields"); do
    if ! look_up 0 "$field"; then
      say "Field \"$field\" is not a valid field to query."
      say ''
      return 2
    fi
    line="$line${line:+, }$header"
  done
  case ",$form," in *,noheader,*) ;; *) say "$line" ;; esac
  for gpu in $selected; do
    line=''
    for field in $(words "$fields"); do
      look_up "$gpu" "$field"
      [ -z "$unit" ] || [ -n "$units" ] || value="$value $unit"
      line="$line${line:+, }$value"
    done
    say "$line"
  done
}

# Nothing computes on a simulated GPU: a header and no lines.
query_apps() {
  check_form || return
  line=''
  for field in $(words "$fields"); do
    case $field in
      used_gpu_memory | used_memory) header='used_gpu_memory [MiB]' ;;
      name | process_name) header=process_name ;;
      pid | timestamp | gpu_name | gpu_bus_id | gpu_serial | gpu_uuid) header=$field ;;
      *)
        say "Field \"$field\" is not a valid field to query."
        say ''
        return 2
        ;;
    esac
    line="$line${line:+, }$header"
  done
  case ",$form," in *,noheader,*) ;; *) say "$line" ;; esac
}

list() { for gpu in $selected; do say "GPU $gpu: $name (UUID: $(uuid "$gpu"))"; done; }

table() {
  printf '%s       \n' "$(date '+%a %b %e %H:%M:%S %Y')"
  say '+-----------------------------------------------------------------------------------------+'
  printf '| NVIDIA-SMI %-22s Driver Version: %-14s CUDA Version: %-8s |\n' "$driver" "$driver" "$cuda"
  say '|-----------------------------------------+------------------------+----------------------+'
  say '| GPU  Name                 Persistence-M | Bus-Id          Disp.A | Volatile Uncorr. ECC |'
  say '| Fan  Temp   Perf          Pwr:Usage/Cap |           Memory-Usage | GPU-Util  Compute M. |'
  say '|                                         |                        |               MIG M. |'
  say '|=========================================+========================+======================|'
  for gpu in $selected; do
    look_up "$gpu" temperature.gpu
    printf '| %3d  %-30s On  |   %-16s Off |                    0 |\n' "$gpu" "$table_name" "$(bus "$gpu")"
    printf '| N/A  %3dC    P8          %5dW / %4dW |  %6dMiB / %6dMiB |      0%%      Default |\n' \
      "$value" "${power_idle%.*}" "${power_limit%.*}" 0 "$memory"
    printf '|                                         |                        | %20s |\n' "$table_mig"
    say '+-----------------------------------------+------------------------+----------------------+'
  done
  say ''
  say '+-----------------------------------------------------------------------------------------+'
  say '| Processes:                                                                              |'
  say '|  GPU   GI   CI              PID   Type   Process name                        GPU Memory |'
  say '|        ID   ID                                                               Usage      |'
  say '|=========================================================================================|'
  say '|  No running processes found                                                             |'
  say '+-----------------------------------------------------------------------------------------+'
}

entry() { printf "%$1s%-$((42 - $1))s: %s\n" '' "$2" "$3"; }

log() {
  say ''
  say '==============NVSMI LOG=============='
  say ''
  entry 0 Timestamp "$(date '+%a %b %e %H:%M:%S %Y')"
  entry 0 'Driver Version' "$driver"
  entry 0 'CUDA Version' "$cuda"
  say ''
  entry 0 'Attached GPUs' "$count"
  for gpu in $selected; do
    look_up "$gpu" temperature.gpu
    say "GPU $(bus "$gpu")"
    entry 4 'Product Name' "$name"
    entry 4 'Product Architecture' "$architecture"
    entry 4 'Persistence Mode' Enabled
    say '    MIG Mode'
    entry 8 Current "$table_mig"
    entry 8 Pending "$table_mig"
    entry 4 'GPU UUID' "$(uuid "$gpu")"
    entry 4 'Minor Number' "$gpu"
    say '    PCI'
    entry 8 'Bus Id' "$(bus "$gpu")"
    entry 4 'Fan Speed' N/A
    entry 4 'Performance State' P8
    say '    FB Memory Usage'
    entry 8 Total "$memory MiB"
    entry 8 Reserved '0 MiB'
    entry 8 Used '0 MiB'
    entry 8 Free "$memory MiB"
    entry 4 'Compute Mode' Default
    say '    Utilization'
    entry 8 GPU '0 %'
    entry 8 Memory '0 %'
    say '    Temperature'
    entry 8 'GPU Current Temp' "$value C"
    say '    GPU Power Readings'
    entry 8 'Power Draw' "$power_idle W"
    entry 8 'Current Power Limit' "$power_limit W"
    say '    Clocks'
    entry 8 Graphics '300 MHz'
    entry 8 SM '300 MHz'
    entry 8 Memory '405 MHz'
    say '    Max Clocks'
    entry 8 SM "$clock MHz"
    entry 8 Memory "$clock_memory MHz"
    entry 4 Processes None
    say ''
  done
}

log_xml() {
  say '<?xml version="1.0" ?>'
  say '<nvidia_smi_log>'
  say "	<timestamp>$(date '+%a %b %e %H:%M:%S %Y')</timestamp>"
  say "	<driver_version>$driver</driver_version>"
  say "	<cuda_version>$cuda</cuda_version>"
  say "	<attached_gpus>$count</attached_gpus>"
  for gpu in $selected; do
    look_up "$gpu" temperature.gpu
    say "	<gpu id=\"$(bus "$gpu")\">"
    say "		<product_name>$name</product_name>"
    say "		<product_architecture>$architecture</product_architecture>"
    say "		<uuid>$(uuid "$gpu")</uuid>"
    say "		<minor_number>$gpu</minor_number>"
    say "		<fb_memory_usage><total>$memory MiB</total><used>0 MiB</used><free>$memory MiB</free></fb_memory_usage>"
    say '		<utilization><gpu_util>0 %</gpu_util><memory_util>0 %</memory_util></utilization>'
    say "		<temperature><gpu_temp>$value C</gpu_temp></temperature>"
    say "		<gpu_power_readings><power_draw>$power_idle W</power_draw></gpu_power_readings>"
    say '		<processes></processes>'
    say '	</gpu>'
  done
  say '</nvidia_smi_log>'
}

topology() {
  line='	'
  for gpu in $(all); do line="${line}GPU$gpu	"; done
  say "${line}CPU Affinity	NUMA Affinity	GPU NUMA ID"
  for gpu in $(all); do
    line="GPU$gpu	"
    for other in $(all); do
      if [ "$gpu" = "$other" ]; then line="$line X 	"; else line="${line}PHB	"; fi
    done
    say "${line}0-$((cpus - 1))	0		N/A"
  done
  say ''
  say 'Legend:'
  say ''
  say '  X    = Self'
  say '  PHB  = Connection traversing PCIe as well as a PCIe Host Bridge (typically the CPU)'
}

version() {
  say "NVIDIA-SMI version  : $driver"
  say "NVML version        : ${driver%.*}"
  say "DRIVER version      : $driver"
  say "CUDA Version        : $cuda"
}

help() {
  say "NVIDIA System Management Interface -- v$driver (simulated)"
  say ''
  say 'nvidia-smi [OPTION1 [ARG1]] [OPTION2 [ARG2]] ...'
  say ''
  say '    -h,   --help                Print usage information and exit.'
  say '          --version             Print version information and exit.'
  say '    -L,   --list-gpus           Display a list of GPUs connected to the system.'
  say '    -i,   --id=                 Target a specific GPU: index, UUID or PCI bus id.'
  say '    -l,   --loop=               Probe until Ctrl+C at specified second interval.'
  say '    -lms, --loop-ms=            Probe until Ctrl+C at specified millisecond interval.'
  say '    -q,   --query               Display GPU info. With -x as XML.'
  say '    --query-gpu=                Information about GPU: see --help-query-gpu. With --format=csv[,noheader][,nounits]'
  say '    --query-compute-apps=       List of currently active compute processes.'
  say '    topo -m                     Display the GPUDirect communication matrix.'
}

help_query_gpu() {
  say 'List of valid properties to query for the switch "--query-gpu=" (simulated):'
  say ''
  for field in timestamp driver_version count name serial uuid pci.bus_id pci.domain pci.bus pci.device index \
    pcie.link.gen.current pcie.link.gen.max pcie.link.width.current pcie.link.width.max persistence_mode compute_mode \
    compute_cap mig.mode.current mig.mode.pending ecc.mode.current ecc.mode.pending fan.speed pstate memory.total \
    memory.reserved memory.used memory.free utilization.gpu utilization.memory temperature.gpu temperature.memory \
    power.management power.draw power.limit power.default_limit power.min_limit power.max_limit clocks.current.graphics \
    clocks.current.sm clocks.current.memory clocks.max.graphics clocks.max.sm clocks.max.memory; do
    say "\"$field\""
  done
}

all() {
  gpu_index=0
  while [ "$gpu_index" -lt "$count" ]; do
    say "$gpu_index"
    gpu_index=$((gpu_index + 1))
  done
}

# $selected: from -i's list to indices.
select_gpus() {
  asked=$selected selected=''
  if [ -z "$asked" ]; then
    selected=$(all)
    return 0
  fi
  for one in $(words "$asked"); do
    found=''
    for gpu in $(all); do
      case $one in
        "$gpu" | "$(uuid "$gpu")" | "$(bus "$gpu")" | "$(bus "$gpu" | cut -c5-)" | "$(bus "$gpu" | cut -c10-)") found=$gpu ;;
      esac
    done
    if [ -z "$found" ]; then
      say 'No devices were found'
      return 6
    fi
    selected="$selected $found"
  done
}

refuse() {
  say "Invalid combination of input arguments. Please run 'nvidia-smi -h' for help."
  exit 2
}

parse() {
  while [ $# -gt 0 ]; do
    case $1 in
      -h | --help) mode=help ;;
      --help-query-gpu) mode=help_query_gpu ;;
      --version) mode=version ;;
      -L | --list-gpus) mode=list ;;
      -q | --query) mode=log ;;
      -x | --xml-format) xml=yes ;;
      -u | --unit | --dtd) ;;
      -d) shift ;;
      --display=*) ;;
      --query-gpu=*) mode=query_gpu fields=${1#*=} ;;
      --query-compute-apps=* | --query-accounted-apps=*) mode=query_apps fields=${1#*=} ;;
      --format=*) form=$(words "${1#*=}" | tr ' ' ',') ;;
      -i | --id) selected=${2-} && shift ;;
      --id=*) selected=${1#*=} ;;
      -l | --loop)
        loop=5
        case ${2-} in [0-9]*) loop=$2 && shift ;; esac
        ;;
      --loop=*) loop=${1#*=} ;;
      -lms)
        [ $# -gt 1 ] || refuse
        loop=$(($2 / 1000)).$(printf '%03d' $(($2 % 1000))) && shift
        ;;
      --loop-ms=*) loop=$((${1#*=} / 1000)).$(printf '%03d' $((${1#*=} % 1000))) ;;
      -pm | -pl | -e | -c | -mig | -ac | -rac | -lgc | -rgc | -r | --gpu-reset | --persistence-mode=* | --power-limit=*)
        say 'nvidia-smi: a simulated GPU has no settings that could be changed.' >&2
        exit 3
        ;;
      topo) mode=topology && shift ;;
      *) refuse ;;
    esac
    [ $# -eq 0 ] || shift
  done
  [ "$mode$xml" != logyes ] || mode=log_xml
}

answer() {
  select_gpus || return
  "$mode"
}

parse "$@"
asked_for=$selected
told=''
while :; do
  selected=$asked_for
  text=$(answer)
  status=$?
  [ -z "$text" ] || say "$text"
  case $told$text in *simulated*) ;; *) say "$note" >&2 ;; esac
  told=simulated
  [ -n "$loop" ] && [ "$status" -eq 0 ] || exit "$status"
  sleep "$loop"
done
)sh";

}  // namespace hotaru::sim
