package api

import (
	"crypto/sha256"
	"encoding/base64"
)

const maxKey = 128

// readWrite reads the body of a request that writes, and the client id that makes
// it happen once.
func (c *call) readWrite() (body []byte, clientID string, err error) {
	if body, err = c.readBody(); err != nil {
		return nil, "", err
	}
	clientID, err = c.clientID(body)
	return body, clientID, err
}

// clientID answers the name under which the ledger remembers this request, "" when
// the client gave no key. The request itself is part of it: a key that is used again
// with another body is another request. Were it the same, the second body would be
// answered as if it were saved, and be lost.
func (c *call) clientID(body []byte) (string, error) {
	key := c.r.Header.Get(idempotencyHeader)
	if key == "" {
		return "", nil
	}
	if len(key) > maxKey {
		return "", badParameter(idempotencyHeader, "a key has at most 128 characters", "en nøkkel har høyst 128 tegn")
	}
	for i := 0; i < len(key); i++ {
		if key[i] < 0x21 || key[i] > 0x7e {
			return "", badParameter(idempotencyHeader, "a key has letters, digits and signs of ASCII, and no spaces", "en nøkkel har bokstaver, tall og tegn i ASCII, og ingen mellomrom")
		}
	}
	h := sha256.New()
	h.Write([]byte(c.r.Method))
	h.Write([]byte{0})
	h.Write([]byte(c.r.URL.Path))
	h.Write([]byte{0})
	h.Write(body)
	var sum [sha256.Size]byte
	return key + "~" + base64.RawURLEncoding.EncodeToString(h.Sum(sum[:0])[:12]), nil
}
