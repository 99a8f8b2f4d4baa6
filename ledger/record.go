package ledger

import (
	"crypto/sha256"
	"encoding/base64"
	"strconv"
	"time"
)

// leafPrefix sets leaves apart from inner nodes (RFC 6962 section 2.1).
const leafPrefix = 0x00

// Record returns the bytes that are hashed: one canonical JSON object with every
// field of the envelope but Hash, keys in order, clientId and reason only where
// they are not empty, times as RFC 3339 in UTC with as many decimals as needed
// (at most microseconds in a written event), prev in standard base64, and the
// payload as it stands.
func (e *Event) Record() []byte { return e.AppendRecord(nil) }

// AppendRecord appends what [Event.Record] returns to dst.
func (e *Event) AppendRecord(dst []byte) []byte {
	dst = append(dst, `{"actor":`...)
	dst = appendJSONString(dst, e.Actor)
	if e.ClientID != "" {
		dst = append(dst, `,"clientId":`...)
		dst = appendJSONString(dst, e.ClientID)
	}
	dst = append(dst, `,"effectiveAt":"`...)
	dst = e.EffectiveAt.UTC().AppendFormat(dst, time.RFC3339Nano)
	dst = append(dst, `","payload":`...)
	dst = append(dst, e.Payload...)
	dst = append(dst, `,"prev":"`...)
	dst = base64.StdEncoding.AppendEncode(dst, e.Prev[:])
	dst = append(dst, '"')
	if e.Reason != "" {
		dst = append(dst, `,"reason":`...)
		dst = appendJSONString(dst, e.Reason)
	}
	dst = append(dst, `,"recordedAt":"`...)
	dst = e.RecordedAt.UTC().AppendFormat(dst, time.RFC3339Nano)
	dst = append(dst, `","role":`...)
	dst = appendJSONString(dst, e.Role)
	dst = append(dst, `,"schema":`...)
	dst = strconv.AppendInt(dst, int64(e.Schema), 10)
	dst = append(dst, `,"seq":`...)
	dst = strconv.AppendInt(dst, e.Seq, 10)
	dst = append(dst, `,"stream":`...)
	dst = appendJSONString(dst, e.Stream)
	dst = append(dst, `,"study":`...)
	dst = appendJSONString(dst, e.Study)
	dst = append(dst, `,"type":`...)
	dst = appendJSONString(dst, e.Type)
	dst = append(dst, `,"version":`...)
	dst = strconv.AppendInt(dst, e.Version, 10)
	return append(dst, '}')
}

// LeafHash computes the event's Merkle leaf hash from its content; it does not
// look at e.Hash. A sound event has LeafHash() == Hash.
func (e *Event) LeafHash() Hash {
	h, _ := e.leafHash(nil)
	return h
}

// leafHash is LeafHash with a buffer that is used again.
func (e *Event) leafHash(buf []byte) (Hash, []byte) {
	buf = append(buf[:0], leafPrefix)
	buf = e.AppendRecord(buf)
	return sha256.Sum256(buf), buf
}

const hexDigits = "0123456789abcdef"

// appendJSONString writes s as RFC 8785 section 3.2.2.2 wants it. Bytes that are
// not UTF-8 are kept as they are, so that two different texts never give the
// same record; a store never accepts such a text (see Batch.Validate).
func appendJSONString(dst []byte, s string) []byte {
	dst = append(dst, '"')
	start := 0
	for i := 0; i < len(s); i++ {
		c := s[i]
		if c >= 0x20 && c != '"' && c != '\\' {
			continue
		}
		dst = append(dst, s[start:i]...)
		start = i + 1
		dst = appendEscape(dst, c)
	}
	dst = append(dst, s[start:]...)
	return append(dst, '"')
}

// appendEscape writes the shortest escape of a quote, a backslash or a control character.
func appendEscape(dst []byte, c byte) []byte {
	switch c {
	case '"', '\\':
		return append(dst, '\\', c)
	case '\b':
		return append(dst, '\\', 'b')
	case '\f':
		return append(dst, '\\', 'f')
	case '\n':
		return append(dst, '\\', 'n')
	case '\r':
		return append(dst, '\\', 'r')
	case '\t':
		return append(dst, '\\', 't')
	}
	return append(dst, '\\', 'u', '0', '0', hexDigits[c>>4], hexDigits[c&15])
}
