package kernel

import (
	"context"
	"encoding/json"
	"sync"

	"gondola/kernel/wire"
)

// widgetControl is the target by which a page asks, at each load, for the
// widgets that there are. Source: ipywidgets, packages/schema/messages.md.
const widgetControl = "jupyter.widget.control"

// maxComms bounds the comms that front ends may hold open.
const maxComms = 1000

// comms are the open comms: their targets by their ids.
type comms struct {
	mu   sync.Mutex
	open map[string]string
}

func (c *comms) add(id, target string) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.open == nil {
		c.open = map[string]string{}
	}
	if len(c.open) >= maxComms {
		return false
	}
	c.open[id] = target
	return true
}

func (c *comms) target(id string) string {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.open[id]
}

func (c *comms) remove(id string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	delete(c.open, id)
}

// list are the open comms of a target, of all for "".
func (c *comms) list(target string) map[string]any {
	c.mu.Lock()
	defer c.mu.Unlock()
	list := map[string]any{}
	for id, t := range c.open {
		if target == "" || target == t {
			list[id] = map[string]string{"target_name": t}
		}
	}
	return list
}

func commInfo(_ context.Context, k *Kernel, r *request) (any, error) {
	var in wire.CommInfoRequest
	if err := r.Decode(&in); err != nil {
		return nil, err
	}
	return map[string]any{"status": "ok", "comms": k.comms.list(in.TargetName)}, nil
}

// commOpen accepts what a page asks with. Nothing else is known here, and the
// protocol wants that to be closed at once.
func commOpen(_ context.Context, k *Kernel, r *request) (any, error) {
	var in wire.CommOpen
	if err := r.Decode(&in); err != nil {
		return nil, err
	}
	if in.TargetName != widgetControl || !k.comms.add(in.CommID, in.TargetName) {
		k.publish(r.RawHeader, "comm_close", map[string]any{"comm_id": in.CommID, "data": map[string]any{}})
	}
	return nil, nil
}

func commMsg(_ context.Context, k *Kernel, r *request) (any, error) {
	var in wire.CommMsg
	if err := r.Decode(&in); err != nil {
		return nil, err
	}
	var data struct {
		Method string `json:"method"`
	}
	if err := json.Unmarshal(in.Data, &data); err != nil {
		return nil, err
	}
	if k.comms.target(in.CommID) == widgetControl && data.Method == "request_states" {
		k.publish(r.RawHeader, "comm_msg", map[string]any{"comm_id": in.CommID, "data": map[string]any{
			"method": "update_states", "states": map[string]any{}, "buffer_paths": []any{},
		}})
	}
	return nil, nil
}

func commClose(_ context.Context, k *Kernel, r *request) (any, error) {
	var in wire.CommMsg
	if err := r.Decode(&in); err != nil {
		return nil, err
	}
	k.comms.remove(in.CommID)
	return nil, nil
}
