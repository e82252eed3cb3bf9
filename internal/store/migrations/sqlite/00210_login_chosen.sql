-- +goose Up
-- Whether the person chose the login at the registration; one that an administrator
-- gave says who they are. Whoever registered is the actor of the event.
ALTER TABLE users ADD COLUMN login_chosen BOOLEAN NOT NULL DEFAULT FALSE;
UPDATE users SET login_chosen = TRUE
	WHERE id IN (SELECT user_id FROM events WHERE kind = 'user.created' AND actor_id = user_id);

-- +goose Down
ALTER TABLE users DROP COLUMN login_chosen;
