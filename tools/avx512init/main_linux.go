// Command avx512init is the only program of the virtual machine that
// tools/avx512.sh boots: it runs the tests of pipeline/simd, says on the console
// how they ended, and stops the machine.
package main

import (
	"fmt"
	"os"
	"os/exec"
	"strings"
	"syscall"
)

func main() {
	args, err := os.ReadFile("/args")
	if err == nil {
		tests := exec.Command("/simd.test", strings.Fields(string(args))...)
		tests.Stdin, tests.Stdout, tests.Stderr = os.Stdin, os.Stdout, os.Stdout // there is no /dev/null
		err = tests.Run()
	}
	if err != nil {
		fmt.Println("AVX-512 TESTS FAILED:", err)
	} else {
		fmt.Println("AVX-512 TESTS PASSED")
	}
	fmt.Println("AVX-512 END")
	// The console sends what is written when it has time to; wait for it
	// (tcdrain).
	const tcsbrk = 0x5409
	_, _, _ = syscall.Syscall(syscall.SYS_IOCTL, 1, tcsbrk, 1)
	fmt.Fprintln(os.Stderr, syscall.Reboot(syscall.LINUX_REBOOT_CMD_HALT))
}
