package approval

import (
	"fmt"
	"net/mail"
	"strings"
	"unicode"
)

// The limits of an e-mail address in bytes: of all of it, and of the part before the @.
// https://www.rfc-editor.org/rfc/rfc5321#section-4.5.3.1
const (
	maxAddress   = 254
	maxLocalPart = 64
)

// MaxApprovals is the largest number of approvals that a request can need. A state passes on at most 262,144 bytes, and
// the same room as for one record is left for the input.
const MaxApprovals = maxState/maxRecord - 1

// CheckAddresses returns what is wrong with a list of e-mail addresses. Each error is a [*SettingError] that suggests a list.
func CheckAddresses(addresses []string) []error {
	var problems []error
	refuse := func(problem string) {
		problems = append(problems, &SettingError{Problem: problem, Suggestion: correctAddresses(addresses)})
	}
	for i, address := range addresses {
		if err := checkAddress(address); err != nil {
			refuse(err.Error())
		} else if containsFold(addresses[:i], address) {
			refuse(fmt.Sprintf("%q is listed twice", address))
		}
	}
	return problems
}

// placeholder is what a suggestion has in place of a wrong address: dropping it could leave somebody out.
const placeholder = "ADDRESS"

// correctAddresses returns the list without repetitions, with a placeholder for what is not an address, or "" if it has no
// address in it.
func correctAddresses(addresses []string) string {
	var corrected []string
	found := false
	for _, address := range addresses {
		address = strings.Trim(address, quotationMarks)
		if checkAddress(address) != nil {
			address = placeholder
		} else {
			found = true
		}
		if !containsFold(corrected, address) {
			corrected = append(corrected, address)
		}
	}
	if !found {
		return ""
	}
	return strings.Join(corrected, ",")
}

func checkAddress(address string) error {
	parsed, err := mail.ParseAddress(address)
	local, domain, _ := strings.Cut(address, "@")
	switch {
	case len(address) > maxAddress:
		return fmt.Errorf("%.20q… is longer than %d characters", address, maxAddress)
	case isQuoted(address):
		return fmt.Errorf("%q has quotation marks. Remove them", address)
	case err != nil || parsed.Address != address || strings.ContainsFunc(address, unprintable) ||
		strings.ContainsFunc(domain, notInDomain):
		return fmt.Errorf("%q is not an e-mail address", address)
	case !strings.Contains(domain, "."): // SNS sends e-mail to the Internet only
		return fmt.Errorf("%q has no domain such as example.com", address)
	case strings.ContainsFunc(domain, notASCII): // a domain has two forms, and mail servers accept only this one from everybody
		return fmt.Errorf("%q has a domain with characters other than ASCII. Write the form of it that has only ASCII, with xn--",
			address)
	case len(local) > maxLocalPart:
		return fmt.Errorf("%q has more than %d characters before the @", address, maxLocalPart)
	}
	return nil
}

// unprintable includes the marks that change the direction of a text. Package mail accepts them in an address.
func unprintable(r rune) bool { return !unicode.IsPrint(r) }

// notInDomain reports whether an ASCII character is not in the name of any host.
func notInDomain(r rune) bool {
	return r <= unicode.MaxASCII && !unicode.IsLetter(r) && !unicode.IsDigit(r) && r != '-' && r != '.'
}

func notASCII(r rune) bool { return r > unicode.MaxASCII }

// Quotation marks: those of word processors, which no address has, and those of shells, which an address cannot end with.
const (
	printedMarks   = "“”„‟‘’‚‛«»‹›"
	quotationMarks = printedMarks + `"'`
)

func isQuoted(address string) bool {
	return strings.ContainsAny(address, printedMarks) || strings.TrimRight(address, `"'`) != address
}

// CheckApprovals returns an error unless that many of the approvers can agree.
func CheckApprovals(approvals, approvers int) error {
	switch {
	case approvals < 1 || approvals > max(1, approvers):
		return fmt.Errorf("%d is not between 1 and the number of approvers (%d)", approvals, approvers)
	case approvals > MaxApprovals:
		return fmt.Errorf("%d is more than %d, the largest number whose records fit into the output", approvals, MaxApprovals)
	}
	return nil
}

// ParseAddresses returns the addresses of a list that is separated by commas. An empty list has no addresses. It does not
// check the addresses: see [CheckAddresses]. Its error is a [*SettingError].
func ParseAddresses(text string) ([]string, error) {
	if text = strings.TrimSpace(text); text == "" {
		return nil, nil
	}
	addresses := strings.Split(text, ",")
	for i, address := range addresses {
		addresses[i] = strings.TrimSpace(address)
	}
	for _, address := range addresses {
		if problem := listProblem(address); problem != "" {
			return nil, &SettingError{Problem: problem, Suggestion: suggestAddresses(text)}
		}
	}
	return addresses, nil
}

// listProblem returns what is wrong with the form of a list that has this part.
func listProblem(part string) string {
	parsed, err := mail.ParseAddress(part)
	switch {
	case part == "":
		return "there is a comma without an address"
	case err == nil && parsed.Address != part:
		return fmt.Sprintf("%q has more than the address", part)
	case strings.Contains(part, ";"):
		return fmt.Sprintf("%q separates addresses by a semicolon instead of a comma", part)
	case len(strings.Fields(part)) > 1:
		return fmt.Sprintf("%q separates addresses by white space instead of a comma", part)
	}
	return ""
}

// suggestAddresses returns the list with commas and without names, or "" if it has none.
func suggestAddresses(text string) string {
	var addresses []string
	for _, part := range strings.FieldsFunc(text, func(r rune) bool { return r == ',' || r == ';' || r == '\n' }) {
		if parsed, err := mail.ParseAddress(strings.TrimSpace(part)); err == nil {
			addresses = append(addresses, parsed.Address)
		} else {
			addresses = append(addresses, strings.Fields(part)...)
		}
	}
	return correctAddresses(addresses)
}
