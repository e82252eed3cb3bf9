package cert

import (
	"fmt"
	"time"
)

// checkAge demands that the certificate was issued recently enough, where the
// login method says how recently.
func checkAge(s subject) Check {
	c := Check{Name: "age", OK: true, Detail: "any age is accepted", Source: "the login method", cause: CauseTooOld}
	if s.policy.MaxAge > 0 {
		age := s.now.Sub(s.leaf().NotBefore)
		c.OK = age <= s.policy.MaxAge
		c.Detail = fmt.Sprintf("issued %d days ago, at most %d are accepted", int(age/(24*time.Hour)), int(s.policy.MaxAge/(24*time.Hour)))
	}
	return c
}
