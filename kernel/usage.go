package kernel

import (
	"context"
	"os"

	"github.com/shirou/gopsutil/v4/cpu"
	"github.com/shirou/gopsutil/v4/mem"
	"github.com/shirou/gopsutil/v4/process"
)

// usage answers what jupyter-resource-usage asks: shares in percent of one
// processor, memory in bytes. The content is ipykernel's (its pull request 805).
func usage(ctx context.Context, _ *Kernel, _ *request) (any, error) {
	host, err := os.Hostname()
	if err != nil {
		return nil, err
	}
	reply := map[string]any{"hostname": host, "pid": os.Getpid()}
	p, err := process.NewProcessWithContext(ctx, int32(os.Getpid())) //nolint:gosec // a process id fits
	if err != nil {
		return nil, err
	}
	if share, err := p.CPUPercentWithContext(ctx); err == nil {
		reply["kernel_cpu"] = share
	}
	if memory, err := p.MemoryInfoWithContext(ctx); err == nil {
		reply["kernel_memory"] = memory.RSS
	}
	if n, err := cpu.CountsWithContext(ctx, true); err == nil {
		reply["cpu_count"] = n
	}
	if shares, err := cpu.PercentWithContext(ctx, 0, false); err == nil && len(shares) > 0 {
		reply["host_cpu_percent"] = shares[0]
	}
	if memory, err := mem.VirtualMemoryWithContext(ctx); err == nil {
		reply["host_virtual_memory"] = map[string]any{
			"total": memory.Total, "available": memory.Available, "percent": memory.UsedPercent, "used": memory.Used, "free": memory.Free,
		}
	}
	return reply, nil
}
