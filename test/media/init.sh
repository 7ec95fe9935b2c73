#!/bin/busybox sh
# The only process of the test media. What it does stands on the kernel's command line as amtkit.do=..., what then
# becomes of the machine as amtkit.then=poweroff or reboot. It speaks on the first serial port.
export PATH=/bin
/bin/busybox --install -s /bin
mount -t proc proc /proc
mount -t sysfs sysfs /sys
mount -t devtmpfs dev /dev
exec >/dev/ttyS0 2>&1 </dev/ttyS0

do=install
then=poweroff
for word in $(cat /proc/cmdline); do
  case "$word" in
    amtkit.do=*) do="${word#*=}" ;;
    amtkit.then=*) then="${word#*=}" ;;
  esac
done

say() { echo "amtkit-$name: $*"; }

leave() {
  sync
  say "$then"
  # The serial port still has it in hand.
  sleep 0.2
  "$then" -f
  sleep 60
}

fail() {
  say "failed: $*"
  sleep 0.2
  poweroff -f
  sleep 60
}

while read -r module; do insmod "/modules/$module.ko" || echo "no module $module"; done </modules/order

# Waits for a device that is there a little later: $1 is tried ten times a second for ten seconds.
await() {
  for _ in $(seq 100); do
    if eval "$1"; then return 0; fi
    sleep 0.1
  done
  return 1
}

find_cd() {
  for cd in /dev/sr*; do
    if mount -t iso9660 -o ro "$cd" /cd 2>/dev/null; then
      [ -f /cd/amtkit/image ] && return 0
      umount /cd
    fi
  done
  return 1
}

find_disk() {
  for disk in /dev/vda /dev/sda; do [ -b "$disk" ] && return 0; done
  return 1
}

hash_of() { sha256sum | cut -d ' ' -f 1; }

install() {
  name=installer
  say started
  [ -f /answers.txt ] && say "answers: $(cat /answers.txt)"
  await find_cd || fail 'no CD with an image'
  await find_disk || fail 'no disk'
  size=$(stat -c %s /cd/amtkit/image)
  say "copying $size bytes from $cd to $disk"
  dd if=/cd/amtkit/image of="$disk" bs=1M 2>/dev/null || fail 'the copy broke off'
  sync
  echo 3 >/proc/sys/vm/drop_caches
  [ "$(head -c "$size" "$disk" | hash_of)" = "$(cat /cd/amtkit/image.sha256)" ] || fail 'the disk is not what was copied'
  say "sha256 $(cat /cd/amtkit/image.sha256)"
  say finished
  leave
}

# Reads the last 64 blocks of a CD.
read_end() {
  name=reader
  say started
  await '[ -b /dev/sr0 ]' || fail 'no CD'
  size=$(blockdev --getsize64 /dev/sr0)
  say "size $size"
  say "sha256 $(dd if=/dev/sr0 bs=2048 skip=$((size / 2048 - 64)) 2>/dev/null | hash_of)"
  leave
}

# Tells whenever another medium is in the drive, by its label, or none.
watch() {
  name=watcher
  say started
  before=
  while :; do
    label=$(dd if=/dev/sr0 bs=1 skip=$((16 * 2048 + 40)) count=32 2>/dev/null | tr -d ' ')
    if [ "$label" != "$before" ]; then
      say "medium ${label:-none}"
      before=$label
    fi
    sleep 0.2
  done
}

# Takes and gives as much as a serial port can: tells what it was told, then counts.
flood() {
  name=flood
  stty raw -echo
  say started
  say "heard $(head -c 20000 | hash_of)"
  seq 1 20000
  say finished
  leave
}

# Tells every event of the keyboard, each of 24 bytes: when, of what kind, its code, and 1 for down, 0 for up.
keys() {
  name=keys
  # Ctrl+Alt+Del is a signal to this process now, and no restart.
  echo 0 >/proc/sys/kernel/ctrl-alt-del
  trap '' INT
  await 'keyboard=$(grep -l keyboard /sys/class/input/event*/device/name)' || fail 'no keyboard'
  keyboard=${keyboard%/device/name}
  await '[ -c "/dev/input/${keyboard##*/}" ]' || fail 'no way to the keyboard'
  say started
  hexdump -v -e '"amtkit-keys: at" 4/4 " %u" 1/2 " kind %u" 1/2 " code %u" 1/4 " value %d" "\n"' "/dev/input/${keyboard##*/}"
}

# A shell on the screen, and the serial port for whatever is written to it.
console() {
  name=console
  say started
  while :; do PS1='# ' setsid -c sh -i </dev/tty1 >/dev/tty1 2>&1; done
}

# What was installed: up until somebody presses the power button.
installed() {
  name=system
  say 'installed system up'
  # 24 bytes are one event.
  await '[ -c /dev/input/event0 ]' || fail 'no power button'
  for button in /sys/class/input/event*; do
    [ "$(cat "$button/device/name")" = 'Power Button' ] && dd if="/dev/input/${button##*/}" bs=24 count=1 of=/dev/null 2>/dev/null
  done
  say 'the power button was pressed'
  leave
}

case "$do" in
  install) install ;;
  read-end) read_end ;;
  watch) watch ;;
  flood) flood ;;
  keys) keys ;;
  console) console ;;
  installed) installed ;;
  *) name=media; fail "nobody knows how to $do" ;;
esac
