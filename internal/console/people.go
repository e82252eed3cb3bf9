package console

// peopleRoutes are the pages about people, which belong to the system.
func (room *Room) peopleRoutes() map[string]func(visit) error {
	const person = tabUsers + "/{user}"
	return map[string]func(visit) error{
		"GET " + tabUsers:                                room.showUsers,
		"GET " + tabUsers + "/new":                       room.showNewUser,
		"POST " + tabUsers + "/new":                      room.createUser,
		"GET " + person:                                  room.showUser,
		"GET " + person + "/edit":                        room.showEditUser,
		"POST " + person + "/edit":                       room.editUser,
		"GET " + person + "/password-link":               room.backToUser,
		"POST " + person + "/password-link":              room.makePasswordLink,
		"GET " + person + "/password-link/mail":          room.backToUser,
		"POST " + person + "/password-link/mail":         room.mailPasswordLink,
		"GET " + person + "/roles":                       room.showGiveRole,
		"POST " + person + "/roles":                      room.giveRole,
		"GET " + person + "/roles/take":                  room.askTakeRole,
		"POST " + person + "/roles/take":                 room.takeRole,
		"GET " + person + "/block":                       room.askBlock,
		"POST " + person + "/block":                      room.block,
		"GET " + person + "/unblock":                     room.askUnblock,
		"POST " + person + "/unblock":                    room.unblock,
		"GET " + person + "/delete":                      room.askDeleteUser,
		"POST " + person + "/delete":                     room.deleteUser,
		"GET " + person + "/restore":                     room.askRestoreUser,
		"POST " + person + "/restore":                    room.restoreUser,
		"GET " + person + "/end-sessions":                room.askEndSessions,
		"POST " + person + "/end-sessions":               room.endSessions,
		"POST " + person + "/sessions/{session}/end":     room.endOneSession,
		"GET " + person + "/identifiers/add":             room.showAddIdentifier,
		"POST " + person + "/identifiers/add":            room.addIdentifier,
		"GET " + person + "/identifiers/issue":           room.showIssue,
		"POST " + person + "/identifiers/issue":          room.issueCertificate,
		"GET " + person + "/identifiers/issue/file":      room.backToIssue,
		"POST " + person + "/identifiers/issue/file":     room.saveIssued,
		"GET " + person + "/identifiers/announce":        room.showAnnounce,
		"POST " + person + "/identifiers/announce":       room.announce,
		"GET " + person + "/announced/{announced}":       room.askWithdraw,
		"POST " + person + "/announced/{announced}":      room.withdraw,
		"GET " + person + "/identifiers/{id}":            room.askRemoveIdentifier,
		"POST " + person + "/identifiers/{id}":           room.removeIdentifier,
		"POST " + person + "/identifiers/{id}/publicity": room.setPublicity,
	}
}

// eventRoutes are what the event log has beside its pages.
func (room *Room) eventRoutes() map[string]func(visit) error {
	routes := map[string]func(visit) error{
		"GET " + tabEvents + "/export.csv":    room.exportSystemEvents,
		"GET " + tabEvents + "/export.ndjson": room.exportSystemEvents,
		"GET " + pathRetention:                room.showRetention,
		"POST " + pathRetention:               room.saveRetention,
	}
	for _, prefix := range []string{prefixOrganizations + "/{org}", prefixApplications + "/{app}"} {
		log := "GET " + prefix + "/events"
		routes[log], routes[log+"/{event}"] = room.showPlaceEvents, room.showPlaceEvent
		routes[log+"/export.csv"], routes[log+"/export.ndjson"] = room.exportPlaceEvents, room.exportPlaceEvents
	}
	return routes
}
