// Dial anything: you hear yourself. A call worker in Go: zmq4, protobuf, docs/protocol.md.
// Run: make -C ../../.. workers && ./echo_worker ipc://../../../var/bus/frontend-1
package main

import (
	"context"
	"os"
	"os/signal"
	"syscall"
	"time"

	"github.com/go-zeromq/zmq4"
	"google.golang.org/protobuf/proto"

	v1 "echoworker/v1"
)

const (
	name      = "echo-go"
	helloWait = time.Second
)

// worker is one connection to one frontend. given counts the commands of each run: numbers begin at 1 and have no gaps.
type worker struct {
	socket zmq4.Socket
	given  map[string]uint32
	sentAt time.Time
}

func (w *worker) send(envelope *v1.Envelope) error {
	frame, err := proto.Marshal(envelope)
	if err != nil {
		return err
	}
	w.sentAt = time.Now()
	return w.socket.Send(zmq4.NewMsg(frame))
}

// decide says what an echo does about all that has happened. With a log another worker led the run before: we begin at
// its begin, and what was accepted then has the same number again, and is ignored.
func (w *worker) decide(activation *v1.Activation) *v1.Decision {
	decision := &v1.Decision{RunId: activation.RunId, Lease: activation.Lease}
	count := w.given[activation.RunId]
	var events []*v1.CallEvent
	if len(activation.Log) > 0 {
		count = 0
		for _, entry := range activation.Log {
			if event := entry.GetEvent(); event != nil {
				events = append(events, event)
			}
		}
	}
	command := func(callId string) *v1.Command {
		count++
		made := &v1.Command{CommandId: count, CallId: callId}
		decision.Commands = append(decision.Commands, made)
		return made
	}
	trusted := len(activation.Calls) > 0 && activation.Calls[0].Trusted
	for _, event := range append(events, activation.Events...) {
		over := event.GetEnded() != nil
		switch {
		case event.GetInvited() != nil && !trusted:
			command(event.CallId).Command = &v1.Command_Authenticate{Authenticate: &v1.Authenticate{}}
		case event.GetInvited() != nil, event.GetAuthenticated() != nil:
			command(event.CallId).Command = &v1.Command_Ring{Ring: &v1.Ring{}}
			command(event.CallId).Command = &v1.Command_Answer{Answer: &v1.Answer{}}
			command(event.CallId).Command = &v1.Command_Echo{Echo: &v1.Echo{}}
			over = true
		case event.GetAuthFailed() != nil:
			command(event.CallId).Command = &v1.Command_Hangup{Hangup: &v1.Hangup{Cause: v1.Cause_CAUSE_FORBIDDEN}}
			over = true
		}
		if over {
			command("").Command = &v1.Command_Finish{Finish: &v1.Finish{}}
			delete(w.given, activation.RunId)
			return decision
		}
	}
	w.given[activation.RunId] = count
	return decision
}

// answer makes the one reply that every request is owed.
func (w *worker) answer(request *v1.Envelope) *v1.Envelope {
	reply := &v1.Envelope{Kind: v1.Kind_KIND_RESPONSE, CorrelationId: request.CorrelationId}
	switch {
	case request.GetActivation() != nil:
		reply.Body = &v1.Envelope_Decision{Decision: w.decide(request.GetActivation())}
	case request.GetStatusRequest() != nil:
		values := map[string]float64{"runs": float64(len(w.given))}
		reply.Body = &v1.Envelope_Status{Status: &v1.Status{Name: name, Values: values}}
	default:
		reply.Body = &v1.Envelope_Refusal{Refusal: &v1.Refusal{Code: v1.ErrorCode_ERROR_CODE_UNKNOWN_METHOD}}
	}
	return reply
}

// serve keeps one connection from Hello until it is lost, or the context ends it.
func serve(ctx context.Context, endpoint string) {
	alive, cancel := context.WithCancel(context.Background())
	defer cancel()
	w := &worker{socket: zmq4.NewDealer(alive, zmq4.WithDialerRetry(100*time.Millisecond)), given: map[string]uint32{}}
	defer w.socket.Close()
	if w.socket.Dial(endpoint) != nil {
		return
	}
	arrived := make(chan zmq4.Msg)
	go func() {
		defer close(arrived)
		for {
			message, err := w.socket.Recv()
			if err != nil {
				return
			}
			select {
			case arrived <- message:
			case <-alive.Done():
				return
			}
		}
	}()
	hello := &v1.Hello{Role: v1.Role_ROLE_CALL_WORKER, Name: name}
	w.send(&v1.Envelope{
		Kind: v1.Kind_KIND_REQUEST, CorrelationId: 1, DeadlineMs: uint32(helloWait.Milliseconds()),
		Body: &v1.Envelope_Hello{Hello: hello},
	})
	beat, lost, heardAt := helloWait, helloWait, time.Now()
	clock := time.NewTicker(50 * time.Millisecond)
	defer clock.Stop()
	for {
		select {
		case <-ctx.Done():
			goodbye := &v1.Goodbye{Reason: "stopped"}
			w.send(&v1.Envelope{Kind: v1.Kind_KIND_EVENT, Body: &v1.Envelope_Goodbye{Goodbye: goodbye}})
			time.Sleep(200 * time.Millisecond) // Close does not wait for what is still on its way
			return
		case now := <-clock.C:
			if now.Sub(heardAt) > lost {
				return
			}
			if now.Sub(w.sentAt) >= beat {
				w.send(&v1.Envelope{Kind: v1.Kind_KIND_EVENT, Body: &v1.Envelope_Heartbeat{Heartbeat: &v1.Heartbeat{}}})
			}
		case message, open := <-arrived:
			if !open {
				return
			}
			heardAt = time.Now()
			for _, frame := range message.Frames { // several frames may ride in one message
				envelope := &v1.Envelope{}
				if proto.Unmarshal(frame, envelope) != nil {
					continue
				}
				if welcome := envelope.GetWelcome(); welcome != nil {
					beat = time.Duration(welcome.HeartbeatMs) * time.Millisecond
					lost = time.Duration(welcome.LostMs) * time.Millisecond
				}
				if envelope.GetGoodbye() != nil {
					return
				}
				if envelope.Kind == v1.Kind_KIND_REQUEST {
					w.send(w.answer(envelope))
				} else if refusal := envelope.GetRefusal(); refusal != nil {
					delete(w.given, refusal.About) // another worker leads this run now
				}
			}
		}
	}
}

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGTERM)
	defer stop()
	for ctx.Err() == nil {
		serve(ctx, os.Args[1])
		time.Sleep(50 * time.Millisecond)
	}
}
