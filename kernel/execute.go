package kernel

import (
	"context"
	"strings"
	"time"

	"gondola/kernel/wire"
	"gondola/session"
	"gondola/session/lang"
	"gondola/viz"
)

// stragglers is how long a failed cell waits for those that were sent with it
// and are still on their way: they are aborted, too.
const stragglers = 10 * time.Millisecond

// serveCells runs cells one after the other until ctx ends.
func (k *Kernel) serveCells(ctx context.Context) {
	for {
		select {
		case <-ctx.Done():
			k.abort()
			return
		case <-k.lanes.wake:
		}
		for ctx.Err() == nil {
			r := k.lanes.pop()
			if r == nil {
				break
			}
			k.execute(ctx, r)
		}
	}
}

// executeReply is the content of execute_reply.
type executeReply struct {
	Status          string                    `json:"status"`
	ExecutionCount  int64                     `json:"execution_count"`
	Payload         []payload                 `json:"payload"`
	UserExpressions map[string]userExpression `json:"user_expressions"`
	*cellError
}

// payload is something that a front end is to do after the cell.
type payload struct {
	Source string     `json:"source"` // "page"
	Data   mimeBundle `json:"data"`
	Start  int        `json:"start"`
}

// userExpression is the value of an expression, or why there is none.
type userExpression struct {
	Status   string         `json:"status"`
	Data     mimeBundle     `json:"data,omitempty"`
	Metadata map[string]any `json:"metadata,omitempty"`
	*cellError
}

// execute runs a cell: busy, its text, its outputs, the reply, idle.
func (k *Kernel) execute(ctx context.Context, r *request) {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	k.lanes.run(cancel)
	defer k.lanes.run(nil)
	k.publishing.Lock()
	k.running = r
	k.publishLocked(r.RawHeader, "status", statusContent{"busy"})
	k.publishing.Unlock()

	reply, stop := k.run(ctx, r)
	if reply.Status == "error" && stop {
		select {
		case <-ctx.Done():
		case <-time.After(stragglers):
		}
	}
	var waiting []*request
	if reply.Status == "error" && stop {
		waiting = k.lanes.all()
	}
	k.reply(r, "execute_reply", reply)

	k.publishing.Lock()
	k.running = nil
	k.publishLocked(r.RawHeader, "status", statusContent{"idle"})
	k.publishing.Unlock()
	k.aborted(waiting)
}

// abort tells all cells that wait that they are not run.
func (k *Kernel) abort() { k.aborted(k.lanes.all()) }

func (k *Kernel) aborted(cells []*request) {
	for _, r := range cells {
		k.publish(r.RawHeader, "status", statusContent{"busy"})
		k.reply(r, "execute_reply", map[string]any{"status": "aborted", "execution_count": k.count.Load()})
		k.publish(r.RawHeader, "status", statusContent{"idle"})
	}
}

// run runs a cell and returns its reply, and whether those that wait are to be
// aborted after an error.
func (k *Kernel) run(ctx context.Context, r *request) (reply executeReply, stop bool) {
	reply = executeReply{Status: "ok", Payload: []payload{}, UserExpressions: map[string]userExpression{}}
	var cell wire.ExecuteRequest
	if err := r.Decode(&cell); err != nil {
		reply.Status, reply.cellError, reply.ExecutionCount = "error", newCellError("", err), k.count.Load()
		k.publish(r.RawHeader, "error", reply.cellError)
		return reply, false
	}
	store := wire.Or(cell.StoreHistory, true) && !cell.Silent
	if store && strings.TrimSpace(cell.Code) != "" {
		reply.ExecutionCount = k.count.Add(1)
	} else {
		reply.ExecutionCount = k.count.Load()
	}
	publish := func(p publication) { k.publish(r.RawHeader, p.Type, p.Content) }
	if cell.Silent {
		publish = func(publication) {}
	}
	publish(publication{"execute_input", map[string]any{"code": cell.Code, "execution_count": reply.ExecutionCount}})

	if word, ok := asksForHelp(cell.Code); ok {
		reply.page(k.session, word)
		return reply, false
	}
	draw := k.drawing(r)
	out := newCellOutput(ctx, draw, int(reply.ExecutionCount), cell.Code, tempSpill(int(reply.ExecutionCount)), publish)
	asks := wire.Or(cell.AllowStdin, true)
	err := k.session.Exec(ctx, session.Source{Text: cell.Code, Unrecorded: !store}, func(e session.Event) {
		if ask, ok := e.(session.Ask); ok {
			out.flush()
			k.ask(ctx, r, ask, asks)
			return
		}
		out.sink(e)
	})
	if failed := out.close(err); failed != nil {
		reply.Status, reply.cellError = "error", failed
		return reply, wire.Or(cell.StopOnError, true)
	}
	for name, text := range cell.UserExpressions {
		reply.UserExpressions[name] = k.evaluate(ctx, draw, text)
	}
	return reply, false
}

// drawing is how outputs for the page of a request are drawn.
func (k *Kernel) drawing(r *request) *drawing {
	return &drawing{
		pictures: k.session, kernelSpec: k.options.KernelSpec,
		library: func() viz.Library { return viz.Library(k.session.Setting("notebook.assets")) },
		first:   func() bool { return k.pages.first(r.Header.Session) },
	}
}

// asksForHelp recognises a cell that is only a word with a question mark, as
// IPython's users ask.
func asksForHelp(code string) (word string, ok bool) {
	code = strings.TrimSpace(code)
	before, after := strings.HasPrefix(code, "?"), strings.HasSuffix(code, "?")
	word = strings.TrimSpace(strings.Trim(code, "?"))
	return word, before != after && word != "" && !strings.ContainsAny(word, "\n;|#\"'")
}

// page puts the help on a word into the reply, for a front end's pager.
func (r *executeReply) page(s *session.Session, word string) {
	in, found := s.Inspect(word, len(word))
	if !found {
		in = lang.Inspection{Text: "nothing is known about " + word + "\n"}
	}
	data := mimeBundle{"text/plain": in.Text}
	if in.Markdown != "" {
		data["text/markdown"] = in.Markdown
	}
	r.Payload = append(r.Payload, payload{Source: "page", Data: data})
}

// evaluate is the value of a user expression: of a parameter its value, else
// what statements show last.
func (k *Kernel) evaluate(ctx context.Context, draw *drawing, text string) userExpression {
	var last *display
	out := newCellOutput(ctx, draw, 0, text, tempSpill(0), func(p publication) {
		switch c := p.Content.(type) {
		case display:
			last = &c
		case executeResult:
			last = &display{Data: c.Data, Metadata: c.Metadata}
		case streamContent:
			if last == nil { // what is shown tells more than what is said
				last = &display{Data: mimeBundle{"text/plain": strings.TrimRight(c.Text, "\n")}, Metadata: map[string]any{}}
			}
		}
	})
	if value, ok := k.session.Param(strings.TrimSpace(text)); ok {
		out.close(nil)
		return userExpression{Status: "ok", Data: mimeBundle{"text/plain": value}, Metadata: map[string]any{}}
	}
	err := k.session.Exec(ctx, session.Source{Text: text, Unrecorded: true}, out.sink)
	if failed := out.close(err); failed != nil {
		return userExpression{Status: "error", cellError: failed}
	}
	if last == nil {
		last = &display{Data: mimeBundle{"text/plain": ""}, Metadata: map[string]any{}}
	}
	return userExpression{Status: "ok", Data: last.Data, Metadata: last.Metadata}
}

// answer is an input_reply.
type answer struct {
	parent string // the request that it answers; empty when the client does not say
	value  string
}

// ask asks a person, on the connection that the cell came from. Without one, and
// when the cell is interrupted, nothing is answered: the default holds, or the
// statement fails by the flag that would answer.
func (k *Kernel) ask(ctx context.Context, r *request, e session.Ask, allowed bool) {
	if !allowed {
		return
	}
	select { // an answer that nobody waits for any more
	case <-k.answers:
	default:
	}
	prompt := e.Question
	if len(e.Choices) > 0 {
		prompt += " [" + strings.Join(e.Choices, "/") + "]"
	}
	if e.Default != "" {
		prompt += " (" + e.Default + ")"
	}
	frames, id, err := k.sender.Frames(wire.Outgoing{
		Identities: r.Identities, Type: "input_request", Parent: r.RawHeader,
		Content: map[string]any{"prompt": viz.CleanLine(prompt) + " ", "password": false},
	})
	if err == nil {
		err = k.stdin.Send(r.peer, frames...)
	}
	if err != nil {
		k.log("input_request: " + err.Error())
		return
	}
	for {
		select {
		case <-ctx.Done():
			return
		case a := <-k.answers:
			if a.parent != "" && a.parent != id {
				continue
			}
			value := strings.TrimSpace(a.value)
			if value == "" {
				value = e.Default
			}
			e.Answer(value)
			return
		}
	}
}

func (k *Kernel) serveStdin(ctx context.Context) {
	k.receive(ctx, k.stdin, "stdin", func(r *request) {
		var in wire.InputReply
		if r.Header.MsgType != "input_reply" || r.Decode(&in) != nil {
			return
		}
		for {
			select {
			case k.answers <- answer{r.Parent.MsgID, in.Value}:
				return
			default:
			}
			select { // the newest counts
			case <-k.answers:
			default:
			}
		}
	})
}
