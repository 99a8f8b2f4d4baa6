// Package messaging hands short messages to providers: mail by SMTP, text messages by
// an HTTP gateway. It knows nothing of participants, and logs no address.
package messaging
