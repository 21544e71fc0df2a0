// What Argo Workflows' executor asks of the system, for Linux: its published module has this file for others alone.
package osspecific

import (
	"os"
	"syscall"

	"github.com/argoproj/argo-workflows/v4/util/errors"
)

var (
	Term = syscall.SIGTERM
)

// CanIgnoreSignal says which signals are not for the program that runs.
func CanIgnoreSignal(s os.Signal) bool {
	return s == syscall.SIGCHLD || s == syscall.SIGURG
}

// Kill signals the process group of a process, or the process where it has none.
func Kill(pid int, s syscall.Signal) error {
	if group, err := syscall.Getpgid(pid); err == nil {
		return syscall.Kill(-group, s)
	}
	return syscall.Kill(pid, s)
}

// Setpgid asks for a process group of its own.
func Setpgid(a *syscall.SysProcAttr) {
	a.Setpgid = true
}

// Wait gives the process's exit code as an error, or nil for 0; as a shell does, 128 and the signal that ended it.
func Wait(process *os.Process) error {
	state, err := process.Wait()
	if err != nil {
		return err
	}
	status, _ := state.Sys().(syscall.WaitStatus)
	if status.Signaled() {
		return errors.NewExitErr(128 + int(status.Signal()))
	}
	return errors.NewExitErr(status.ExitStatus())
}
