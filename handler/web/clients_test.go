package web_test

import "net/http"

// browsers are the headers with which browsers open a link. The lines are in the order in which the browser sends them.
var browsers = map[string]http.Header{
	"Firefox": {
		"User-Agent":                {"Mozilla/5.0 (X11; Linux x86_64; rv:145.0) Gecko/20100101 Firefox/145.0"},
		"Accept":                    {"text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"},
		"Accept-Language":           {"de,en-US;q=0.7,en;q=0.3"},
		"Accept-Encoding":           {"gzip, deflate, br, zstd"},
		"Upgrade-Insecure-Requests": {"1"},
		"Sec-Fetch-Dest":            {"document"},
		"Sec-Fetch-Mode":            {"navigate"},
		"Sec-Fetch-Site":            {"cross-site"},
		"Sec-Fetch-User":            {"?1"},
		"Priority":                  {"u=0, i"},
	},
	"Chrome": {
		"Sec-Ch-Ua":                 {`"Chromium";v="142", "Google Chrome";v="142", "Not_A Brand";v="99"`},
		"Sec-Ch-Ua-Mobile":          {"?0"},
		"Sec-Ch-Ua-Platform":        {`"Windows"`},
		"Upgrade-Insecure-Requests": {"1"},
		"User-Agent":                {"Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/142.0.0.0 Safari/537.36"},
		"Accept": {"text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,image/webp,image/apng,*/*;q=0.8," +
			"application/signed-exchange;v=b3;q=0.7"},
		"Sec-Fetch-Site":  {"none"},
		"Sec-Fetch-Mode":  {"navigate"},
		"Sec-Fetch-User":  {"?1"},
		"Sec-Fetch-Dest":  {"document"},
		"Accept-Encoding": {"gzip, deflate, br, zstd"},
		"Accept-Language": {"en-US,en;q=0.9"},
		"Priority":        {"u=0, i"},
	},
	"Safari": {
		"Sec-Fetch-Dest": {"document"},
		"User-Agent": {"Mozilla/5.0 (iPhone; CPU iPhone OS 18_6 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) " +
			"Version/18.6 Mobile/15E148 Safari/604.1"},
		"Accept":          {"text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"},
		"Sec-Fetch-Site":  {"none"},
		"Sec-Fetch-Mode":  {"navigate"},
		"Accept-Language": {"en-GB,en;q=0.9"},
		"Priority":        {"u=0, i"},
		"Accept-Encoding": {"gzip, deflate, br"},
	},
}

// programs are the headers of clients that say that they are programs.
var programs = map[string]http.Header{
	"curl":            {"User-Agent": {"curl/8.14.1"}, "Accept": {"*/*"}},
	"Wget":            {"User-Agent": {"Wget/1.25.0"}, "Accept": {"*/*"}, "Accept-Encoding": {"identity"}},
	"python-requests": {"User-Agent": {"python-requests/2.32.5"}, "Accept": {"*/*"}, "Accept-Encoding": {"gzip, deflate"}},
	"Go":              {"User-Agent": {"Go-http-client/2.0"}, "Accept-Encoding": {"gzip"}},
	"no name":         {},
	"empty name":      {"User-Agent": {""}, "Accept": {"application/json"}},
	"wants a page":    {"User-Agent": {"Lynx/2.9.2"}, "Accept": {"text/html"}},
}

// but returns the headers with one changed, or left out if value is empty.
func but(header http.Header, name, value string) http.Header {
	changed := header.Clone()
	changed.Del(name)
	if value != "" {
		changed.Set(name, value)
	}
	return changed
}
