package approval

import (
	"context"
	"crypto/sha256"
	"errors"
	"strings"
)

// Notifier sends e-mails to the approvers. A second channel is another Notifier.
type Notifier interface {
	// Confirmed returns the addresses that would get an e-mail now.
	Confirmed(ctx context.Context) ([]string, error)
	// Notify sends an e-mail to its approver.
	Notify(ctx context.Context, email Email) error
	// Announce sends a notice to its audience. It does nothing if nobody can subscribe to that.
	Announce(ctx context.Context, notice Notice) error
}

// Callback answers tasks that wait for their token.
type Callback interface {
	// Succeed ends the task with output, a JSON value. Its error wraps [ErrClosed] if the task does not wait any more.
	Succeed(ctx context.Context, token Token, output []byte) error
}

// Executions reads the state of this workflow's executions.
type Executions interface {
	// Read returns the state of an execution. Its error wraps [ErrClosed] if the execution does not exist.
	Read(ctx context.Context, ref ExecutionRef) (Execution, error)
}

// Keys provides the key that signs links.
type Keys interface {
	// LinkKey returns the key, of at least 32 bytes. It is the same for the life of a deployment.
	LinkKey(ctx context.Context) ([]byte, error)
	// CheckKey returns an error unless the key can still be derived now. The errors are those of LinkKey.
	CheckKey(ctx context.Context) error
}

// Config configures a [Service].
type Config struct {
	// APIURL is where the links lead, such as https://api.example.com.
	APIURL string
	// Approvers are the addresses of those who are asked and can decide if the request names no group.
	Approvers []string
	// Groups are the addresses of the members of each group that a request can name.
	Groups map[string][]string
	// Outcomes says which of the people who were asked learn how it ended.
	Outcomes Outcomes
	// Confirm makes the links ask before they decide.
	Confirm bool
	// Name is what the subjects call the workflow. If it is empty, they do not name it.
	Name string
	// NoConsole leaves the address of the AWS console out of the e-mails, for executions that are not on AWS.
	NoConsole bool
	// Apply is how a change of the configuration takes effect. If it is empty, it is "run pulumi up".
	Apply string
}

// Ports are the systems that a [Service] uses. The function's main connects them to AWS. An error that a later call may avoid
// wraps [ErrUnavailable].
type Ports struct {
	Notifier   Notifier
	Callback   Callback
	Executions Executions
	Keys       Keys
}

// Service implements the use cases. It sets no time limit of its own: the caller's context ends the calls to the ports.
type Service struct {
	config Config
	ports  Ports
}

// NewService returns a Service.
func NewService(config Config, ports Ports) *Service {
	config.APIURL = strings.TrimRight(config.APIURL, "/")
	return &Service{config: config, ports: ports}
}

// Confirm reports whether the links ask before they decide.
func (s *Service) Confirm() bool { return s.config.Confirm }

// CheckKey returns an error unless a function that starts now could sign and verify links. The error is an [*Error].
func (s *Service) CheckKey(ctx context.Context) error {
	if err := s.ports.Keys.CheckKey(ctx); err != nil {
		return decideCodes.classify(err)
	}
	return nil
}

// linkKey returns the key that signs links. It refuses a short key, because anybody could guess it.
func (s *Service) linkKey(ctx context.Context) ([]byte, error) {
	key, err := s.ports.Keys.LinkKey(ctx)
	if err == nil && len(key) < sha256.Size {
		err = errors.New("the key of the links is too short")
	}
	return key, err
}
