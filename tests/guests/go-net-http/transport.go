package export_wayfarer_journey_guest

import (
	"fmt"
	"io"
	"net/http"

	witTypes "go.bytecodealliance.org/pkg/wit/types"
	handler "wit_component/wasi_http_outgoing_handler"
	wasi "wit_component/wasi_http_types"
	streams "wit_component/wasi_io_streams"
)

// The most bytes of one write that flushes, and of one read.
const (
	chunk = 4096
	read  = 1 << 16
)

type field = witTypes.Tuple2[string, []uint8]

// transport makes `net/http` send its requests over `wasi:http`. It follows no redirect and keeps no cookie: the client does.
type transport struct{}

// RoundTrip implements http.RoundTripper.
func (transport) RoundTrip(request *http.Request) (*http.Response, error) {
	outgoing, err := head(request)
	if err != nil {
		return nil, err
	}
	body := outgoing.Body().Ok()
	future := handler.Handle(outgoing, witTypes.None[*wasi.RequestOptions]())
	if future.IsErr() {
		return nil, refused(future.Err())
	}
	if err := send(body, request.Body); err != nil {
		return nil, err
	}
	future.Ok().Subscribe().Block()
	answered := future.Ok().Get().Some().Ok()
	if answered.IsErr() {
		return nil, refused(answered.Err())
	}
	return response(request, answered.Ok()), nil
}

func refused(code wasi.ErrorCode) error {
	return fmt.Errorf("wasi:http refused the request: error %d", code.Tag())
}

func head(request *http.Request) (*wasi.OutgoingRequest, error) {
	fields := []field{}
	for name, values := range request.Header {
		for _, value := range values {
			fields = append(fields, field{F0: name, F1: []byte(value)})
		}
	}
	headers := wasi.FieldsFromList(fields)
	if headers.IsErr() {
		return nil, fmt.Errorf("wasi:http refused a header: error %d", headers.Err().Tag())
	}
	scheme := wasi.MakeSchemeHttp()
	if request.URL.Scheme == "https" {
		scheme = wasi.MakeSchemeHttps()
	}
	outgoing := wasi.MakeOutgoingRequest(headers.Ok())
	outgoing.SetMethod(wasi.MakeMethodOther(request.Method))
	outgoing.SetScheme(witTypes.Some(scheme))
	outgoing.SetAuthority(witTypes.Some(request.URL.Host))
	outgoing.SetPathWithQuery(witTypes.Some(request.URL.RequestURI()))
	return outgoing, nil
}

func send(outgoing *wasi.OutgoingBody, body io.ReadCloser) error {
	if body != nil {
		defer body.Close()
		stream := outgoing.Write().Ok()
		defer stream.Drop()
		buffer := make([]byte, chunk)
		for {
			size, err := body.Read(buffer)
			if written := stream.BlockingWriteAndFlush(buffer[:size]); written.IsErr() {
				return fmt.Errorf("wasi:http refused the body: error %d", written.Err().Tag())
			}
			if err == io.EOF {
				break
			}
			if err != nil {
				return err
			}
		}
		stream.Drop()
	}
	if finished := wasi.OutgoingBodyFinish(outgoing, witTypes.None[*wasi.Fields]()); finished.IsErr() {
		return refused(finished.Err())
	}
	return nil
}

func response(request *http.Request, incoming *wasi.IncomingResponse) *http.Response {
	answer := &http.Response{
		StatusCode:    int(incoming.Status()),
		Status:        http.StatusText(int(incoming.Status())),
		Proto:         "HTTP/1.1",
		ProtoMajor:    1,
		ProtoMinor:    1,
		Header:        http.Header{},
		ContentLength: -1,
		Request:       request,
	}
	for _, field := range incoming.Headers().Entries() {
		answer.Header.Add(field.F0, string(field.F1))
	}
	body := incoming.Consume().Ok()
	answer.Body = &reader{incoming: incoming, body: body, stream: body.Stream().Ok()}
	return answer
}

// reader reads a response's body. It holds what the stream belongs to.
type reader struct {
	incoming *wasi.IncomingResponse
	body     *wasi.IncomingBody
	stream   *streams.InputStream
}

// Read implements io.Reader.
func (reader *reader) Read(into []byte) (int, error) {
	bytes := reader.stream.BlockingRead(uint64(min(len(into), read)))
	if bytes.IsErr() {
		if bytes.Err().Tag() == streams.StreamError_Closed {
			return 0, io.EOF
		}
		return 0, fmt.Errorf("wasi:http ended the body")
	}
	return copy(into, bytes.Ok()), nil
}

// Close implements io.Closer.
func (reader *reader) Close() error {
	reader.stream.Drop()
	reader.body.Drop()
	reader.incoming.Drop()
	return nil
}
