// Makes a key and a token and verifies it: go run . (cgo and pkg-config find the library).
package main

/*
#cgo pkg-config: countersign
#include <countersign/countersign.h>
#include <stdlib.h>
*/
import "C"

import (
	"errors"
	"fmt"
	"os"
	"runtime"
	"time"
	"unsafe"
)

// Refused is a token that is not believed. Show a client HTTPStatus and Public alone; the rest is for the log.
type Refused struct {
	HTTPStatus                         int
	Public, Cause, Detail, Fingerprint string
}

func (r *Refused) Error() string { return r.Public }

// Verifier may be used by several goroutines at once.
type Verifier struct{ handle *C.cs_verifier }

// Token is what a right token says.
type Token struct {
	Subject, KeyID, Algorithm, Claims string
	Expires                           time.Time
}

// texts holds what C reads during one call: Go's own memory must not stand in a C structure.
type texts []unsafe.Pointer

func (t *texts) of(from string) C.cs_text {
	data := C.CBytes([]byte(from))
	*t = append(*t, data)
	return C.cs_text{data: (*C.char)(data), size: C.size_t(len(from))}
}
func (t texts) free() {
	for _, one := range t {
		C.free(one)
	}
}

func read(from C.cs_text) string { return C.GoStringN(from.data, C.int(from.size)) }

func newError() C.cs_error {
	var out C.cs_error
	out.size = C.size_t(unsafe.Sizeof(out))
	return out
}
func asError(from *C.cs_error) error {
	return errors.New(C.GoString(&from.cause[0]) + ": " + C.GoString(&from.detail[0]))
}
func taken(from *C.cs_buffer) string {
	defer C.cs_buffer_free(from)
	return read(C.cs_buffer_text(from))
}

// NewVerifier reads a policy (TOML or JSON) and a key set.
func NewVerifier(policy, jwks string) (*Verifier, error) {
	var hold texts
	defer hold.free()
	failure := newError()
	ask := C.cs_verifier_ask{policy: hold.of(policy), jwks: hold.of(jwks)}
	ask.size = C.size_t(unsafe.Sizeof(ask))
	out := &Verifier{}
	if C.cs_verifier_make(&ask, &out.handle, &failure) != C.CS_OK {
		return nil, asError(&failure)
	}
	runtime.SetFinalizer(out, func(v *Verifier) { C.cs_verifier_free(v.handle) })
	return out, nil
}

// Verify answers what the token says, or *Refused.
func (v *Verifier) Verify(token string) (*Token, error) {
	var hold texts
	defer hold.free()
	var result *C.cs_result
	if C.cs_result_make(&result) != C.CS_OK {
		return nil, errors.New("out of memory")
	}
	defer C.cs_result_free(result)
	ask := C.cs_verify_ask{token: hold.of(token)}
	ask.size = C.size_t(unsafe.Sizeof(ask))
	var verdict C.cs_verdict
	verdict.size = C.size_t(unsafe.Sizeof(verdict))
	code := C.cs_verify(v.handle, &ask, result)
	runtime.KeepAlive(v)
	if C.cs_result_read(result, &verdict) != C.CS_OK || code != C.CS_OK || verdict.accepted != 1 {
		return nil, &Refused{int(verdict.http_status), read(verdict.public_message), read(verdict.cause), read(verdict.detail),
			read(verdict.fingerprint)}
	}
	return &Token{read(verdict.subject), read(verdict.key_id), read(verdict.algorithm), read(verdict.claims),
		time.Unix(int64(verdict.expires), 0)}, nil
}

// makeToken is what an issuer does: a key set to publish, and one token.
func makeToken(claims string) (jwks, token string, err error) {
	var hold texts
	defer hold.free()
	var key *C.cs_key
	var signer *C.cs_signer
	var buffer *C.cs_buffer
	failure := newError()
	generate := C.cs_generate_ask{algorithm: hold.of("ES256")}
	generate.size = C.size_t(unsafe.Sizeof(generate))
	if C.cs_key_generate(&generate, &key, &failure) != C.CS_OK {
		return "", "", asError(&failure)
	}
	defer C.cs_key_free(key)
	if C.cs_key_write(key, C.CS_PUBLIC_SET, &buffer, &failure) != C.CS_OK {
		return "", "", asError(&failure)
	}
	jwks = taken(buffer)
	if C.cs_signer_make(key, hold.of(""), &signer, &failure) != C.CS_OK {
		return "", "", asError(&failure)
	}
	defer C.cs_signer_free(signer)
	sign := C.cs_sign_ask{claims: hold.of(claims), typ: hold.of("at+jwt")}
	sign.size = C.size_t(unsafe.Sizeof(sign))
	if C.cs_sign(signer, &sign, &buffer, &failure) != C.CS_OK {
		return "", "", asError(&failure)
	}
	return jwks, taken(buffer), nil
}

const policy = `
issuer = "https://id.example"
audience = "https://api.example"
typ = "at+jwt"
algorithms = ["ES256"]
`

func run() error {
	now := time.Now().Unix()
	jwks, token, err := makeToken(fmt.Sprintf(
		`{"iss":"https://id.example","aud":"https://api.example","sub":"ada","iat":%d,"exp":%d}`, now, now+300))
	if err != nil {
		return err
	}
	verifier, err := NewVerifier(policy, jwks)
	if err != nil {
		return err
	}
	good, err := verifier.Verify(token)
	if err != nil {
		return err
	}
	fmt.Println("accepted:", good.Subject)
	var refused *Refused
	if _, err = verifier.Verify(token[:len(token)-1]); !errors.As(err, &refused) {
		return errors.New("a changed token was accepted")
	}
	fmt.Printf("refused: %s\nfor the log: %s\n", refused, refused.Cause)
	return nil
}

func main() {
	if err := run(); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}
