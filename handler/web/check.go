package web

import "net/http"

// CheckKey is the path of the event that comes every hour to check the key of the links. It is not a route of the API.
const CheckKey = "/check-key"

// checkKey serves the event. The function keeps the key in memory, so without this check nothing would tell that the key is
// disabled or will be deleted until the function starts again and somebody needs it.
func (s *server) checkKey(r *http.Request) answer {
	if err := s.service.CheckKey(r.Context()); err != nil {
		return eventFailed(err)
	}
	return answer{status: http.StatusOK, outcome: "checked", message: "The key of the links can be used"}
}
