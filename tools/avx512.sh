#!/usr/bin/env bash
# Runs the tests of pipeline/simd on an emulated processor with AVX-512, for
# machines that have none: Bochs boots a Debian kernel whose only program is the
# tests. Takes some minutes, and amd64 with Debian's packages; as root it
# installs what is missing. Arguments go to the tests; by default all tests and
# the seeds of all fuzzers run for the kernels called avx512.
set -euo pipefail
cd "$(dirname "$0")/.."

limit=${AVX512_SECONDS:-3000}
work=build/avx512
mkdir -p "$work"/{iso,root}
work=$(realpath "$work")
args=${*:--test.v -test.timeout=0 -test.run=/(avx512|seed)}

missing=()
for pair in bochs:bochs xorriso:xorriso cpio:cpio; do
	command -v "${pair%:*}" >/dev/null || missing+=("${pair#*:}")
done
[[ -e /usr/lib/ISOLINUX/isolinux.bin ]] || missing+=(isolinux)
[[ -e /usr/lib/syslinux/modules/bios/ldlinux.c32 ]] || missing+=(syslinux-common)
[[ -e /usr/share/bochs/VGABIOS-lgpl-latest ]] || missing+=(vgabios)
if ((${#missing[@]})); then
	if ((EUID != 0)); then
		echo "avx512.sh: needs ${missing[*]}: apt-get install them, or run this as root" >&2
		exit 1
	fi
	apt-get update -qq
	DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "${missing[@]}" bochsbios bochs-term >/dev/null
fi

# The smallest kernel that Debian has; nothing of it is installed.
kernel=$(apt-cache depends linux-image-cloud-amd64 | sed -n 's/^ *Depends: \(linux-image-.*\)/\1/p' | head -1)
if [[ ! -e $work/$kernel.vmlinuz ]]; then
	(cd "$work" && apt-get download -q "$kernel" && dpkg-deb --fsys-tarfile "$kernel"_*.deb | tar -xO --wildcards './boot/vmlinuz-*' >vmlinuz.part)
	mv "$work/vmlinuz.part" "$work/$kernel.vmlinuz"
	rm "$work/$kernel"_*.deb
fi

CGO_ENABLED=0 GOARCH=amd64 go test -c -o "$work/root/simd.test" ./pipeline/simd
CGO_ENABLED=0 GOARCH=amd64 go build -C tools -o "$work/root/init" ./avx512init
printf '%s\n' "$args" >"$work/root/args"
(cd "$work/root" && printf '%s\n' init simd.test args | cpio -o -H newc --quiet | gzip -1 >"$work/iso/initrd")
cp "$work/$kernel.vmlinuz" "$work/iso/vmlinuz"
cp /usr/lib/ISOLINUX/isolinux.bin /usr/lib/syslinux/modules/bios/ldlinux.c32 "$work/iso"
cat >"$work/iso/isolinux.cfg" <<-'EOF'
	DEFAULT tests
	LABEL tests
	  KERNEL vmlinuz
	  APPEND initrd=initrd console=ttyS0 quiet clearcpuid=321,323 nokaslr mitigations=off lpj=4000000
EOF
# clearcpuid takes away XSAVEC and XSAVES: Bochs 2.7 misreports the size of what
# they save, and Linux then switches AVX off altogether.
xorriso -as mkisofs -quiet -o "$work/boot.iso" -b isolinux.bin -c boot.cat \
	-no-emul-boot -boot-load-size 4 -boot-info-table "$work/iso" 2>"$work/xorriso.log"
cat >"$work/bochsrc" <<-EOF
	megs: 512
	romimage: file=/usr/share/bochs/BIOS-bochs-latest
	vgaromimage: file=/usr/share/bochs/VGABIOS-lgpl-latest
	cpu: model=corei7_skylake_x, count=1, ips=100000000
	ata0-master: type=cdrom, path=$work/boot.iso, status=inserted
	boot: cdrom
	com1: enabled=1, mode=file, dev=$work/serial.txt
	clock: sync=none
	log: $work/bochs.log
	panic: action=fatal
	display_library: rfb, options="timeout=0"
EOF
echo c >"$work/continue" # Debian builds Bochs with its debugger, which waits for this

: >"$work/serial.txt"
bochs -q -f "$work/bochsrc" -rc "$work/continue" >"$work/bochs.out" 2>&1 </dev/null &
bochs=$!
trap 'kill "$bochs" 2>/dev/null || true' EXIT
# The machine does not end by itself.
SECONDS=0
until grep -aqE 'AVX-512 END|Kernel panic' "$work/serial.txt"; do
	if ! kill -0 "$bochs" 2>/dev/null; then
		echo "avx512.sh: Bochs has ended; see $work/bochs.log" >&2
		exit 1
	fi
	if ((SECONDS > limit)); then
		echo "avx512.sh: no result after $limit s; see $work/serial.txt" >&2
		exit 1
	fi
	sleep 2
done
tr -d '\r' <"$work/serial.txt"
echo "emulated corei7_skylake_x, $kernel, $SECONDS s"
# Tests that ran on other kernels only would pass as well.
grep -aq 'kernels tested on this machine: avx512, avx2, go' "$work/serial.txt" || {
	echo "avx512.sh: the kernels for AVX-512 were not run" >&2
	exit 1
}
grep -aq 'AVX-512 TESTS PASSED' "$work/serial.txt"
