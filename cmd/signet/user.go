package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
	"text/tabwriter"

	"golang.org/x/term"

	"signet/internal/audit"
	"signet/internal/config"
	"signet/internal/directory"
	"signet/internal/iam"
	"signet/internal/session"
)

// userCommand is for whoever runs the server: it acts as the program itself and
// needs nobody's permission but the database's.
type userCommand struct {
	List      userList      `cmd:"" help:"List people."`
	Create    userCreate    `cmd:"" help:"Add a person."`
	Block     userBlock     `cmd:"" help:"Keep a person out at once: every session and token ends."`
	Unblock   userUnblock   `cmd:"" help:"Let a person in again."`
	Password  userPassword  `cmd:"" help:"Give a person a new password: every session ends."`
	SetupLink userSetupLink `cmd:"" help:"Print a link with which the first administrator is made."`
}

// caller is how the event log names what these commands do.
func caller() iam.Caller { return iam.Program("signet user") }

// withDirectory runs fn on the people of the settings' database.
func withDirectory(ctx context.Context, c config.Store, fn func(*directory.Service) error) error {
	db, err := openMigrated(ctx, c)
	if err != nil {
		return err
	}
	defer db.Close()
	log := &audit.Log{DB: db}
	return fn(directory.New(db, log, &session.Service{DB: db, Log: log}))
}

type userList struct {
	config.Store `embed:""`

	Search string `placeholder:"TEXT" help:"Only people whose login, name or e-mail holds the text."`
}

// Run lists people, one a line.
func (c *userList) Run(ctx context.Context, s streams) error {
	return withDirectory(ctx, c.Store, func(d *directory.Service) error {
		out := tabwriter.NewWriter(s.out, 0, 0, 2, ' ', 0)
		after := ""
		for {
			users, err := d.Users(ctx, caller(), c.Search, after)
			if err != nil {
				return err
			}
			for _, u := range users {
				fmt.Fprintf(out, "%s\t%s\t%s\t%s\n", u.Login, u.Status, u.Name, u.Email)
				after = u.Login
			}
			if len(users) < directory.PageSize {
				return out.Flush()
			}
		}
	})
}

type userCreate struct {
	config.Store `embed:""`

	Login      string `arg:"" help:"What the person types to sign in."`
	Name       string `placeholder:"NAME" help:"Name that others see."`
	GivenName  string `placeholder:"NAME" help:"Given name."`
	FamilyName string `placeholder:"NAME" help:"Family name."`
	Email      string `placeholder:"ADDRESS" help:"E-mail address; it counts as confirmed."`
	Admin      bool   `help:"Make the person an administrator of the system."`
	NoPassword bool   `help:"Give no password: the person signs in with a certificate."`
}

// Run adds a person. The password is asked for, or read from standard input
// where that is no terminal; it never stands in a command line.
func (c *userCreate) Run(ctx context.Context, s streams) error {
	return withDirectory(ctx, c.Store, func(d *directory.Service) error {
		var password string
		if !c.NoPassword {
			var err error
			if password, err = readPassword(s, c.Login); err != nil {
				return err
			}
		}
		user, err := d.CreateUser(ctx, caller(), iam.User{
			Login: c.Login, Name: c.Name, GivenName: c.GivenName, FamilyName: c.FamilyName, Email: c.Email, EmailVerified: c.Email != "",
		}, password)
		if err != nil {
			return err
		}
		if c.Admin {
			if err := d.Give(ctx, caller(), iam.Membership{User: user.ID, Scope: iam.System(), Role: iam.RoleSystemAdministrator}); err != nil {
				return err
			}
		}
		fmt.Fprintln(s.out, user.ID)
		return nil
	})
}

type userBlock struct {
	config.Store `embed:""`

	Login string `arg:"" help:"Whom."`
}

// Run blocks a person.
func (c *userBlock) Run(ctx context.Context, s streams) error {
	return withPerson(ctx, c.Store, c.Login, func(d *directory.Service, u iam.User) error {
		if err := d.Block(ctx, caller(), u.ID); err != nil {
			return err
		}
		fmt.Fprintf(s.err, "signet: %s is blocked\n", u.Login)
		return nil
	})
}

type userUnblock struct {
	config.Store `embed:""`

	Login string `arg:"" help:"Whom."`
}

// Run unblocks a person.
func (c *userUnblock) Run(ctx context.Context, s streams) error {
	return withPerson(ctx, c.Store, c.Login, func(d *directory.Service, u iam.User) error {
		if err := d.Unblock(ctx, caller(), u.ID); err != nil {
			return err
		}
		fmt.Fprintf(s.err, "signet: %s may sign in again\n", u.Login)
		return nil
	})
}

type userPassword struct {
	config.Store `embed:""`

	Login string `arg:"" help:"Whose."`
}

// Run sets a password.
func (c *userPassword) Run(ctx context.Context, s streams) error {
	return withPerson(ctx, c.Store, c.Login, func(d *directory.Service, u iam.User) error {
		password, err := readPassword(s, u.Login)
		if err != nil {
			return err
		}
		if err := d.SetPassword(ctx, caller(), u.ID, "", password); err != nil {
			return err
		}
		fmt.Fprintf(s.err, "signet: %s has a new password\n", u.Login)
		return nil
	})
}

type userSetupLink struct {
	config.Store `embed:""`

	Issuer config.Issuer `required:"" env:"SIGNET_ISSUER" placeholder:"URL" help:"Address of the server, as for signet serve."`
}

// Run prints a set-up link. Links that were made before stop working.
func (c *userSetupLink) Run(ctx context.Context, s streams) error {
	return withDirectory(ctx, c.Store, func(d *directory.Service) error {
		needs, err := d.NeedsSetup(ctx)
		if err != nil {
			return err
		}
		if !needs {
			return hint(errors.New("there is an administrator already"), "`signet user create --admin LOGIN` makes another")
		}
		link, err := setupLink(ctx, d, string(c.Issuer))
		if err != nil {
			return err
		}
		fmt.Fprintln(s.out, link)
		return nil
	})
}

// setupLink makes a link that makes the first administrator.
func setupLink(ctx context.Context, d *directory.Service, issuer string) (string, error) {
	secret, err := d.MakeSetupLink(ctx, iam.Program("signet"))
	if err != nil {
		return "", err
	}
	return issuer + "/setup/" + string(secret), nil
}

func withPerson(ctx context.Context, c config.Store, login string, fn func(*directory.Service, iam.User) error) error {
	return withDirectory(ctx, c, func(d *directory.Service) error {
		user, err := d.UserByLogin(ctx, caller(), login)
		if iam.IsNotFound(err) {
			return hint(fmt.Errorf("there is nobody with the login %q", login), "`signet user list` lists people")
		}
		if err != nil {
			return err
		}
		return fn(d, user)
	})
}

// readPassword asks for a password on the terminal, twice and unseen, or reads
// the first line of standard input where that is none.
func readPassword(s streams, login string) (string, error) {
	fd := int(s.in.Fd())
	if !term.IsTerminal(fd) {
		line, err := bufio.NewReader(io.LimitReader(s.in, 4096)).ReadString('\n')
		if err != nil && !errors.Is(err, io.EOF) {
			return "", fmt.Errorf("read password: %w", err)
		}
		if line = strings.TrimRight(line, "\r\n"); line == "" {
			return "", hint(errors.New("read password: standard input is empty"), "write the password to standard input, or run the command on a terminal")
		}
		return line, nil
	}
	ask := func(question string) (string, error) {
		fmt.Fprint(s.err, question)
		answer, err := term.ReadPassword(fd)
		fmt.Fprintln(s.err)
		if err != nil {
			return "", fmt.Errorf("read password: %w", err)
		}
		return string(answer), nil
	}
	first, err := ask("Password for " + login + ": ")
	if err != nil {
		return "", err
	}
	second, err := ask("Once more: ")
	if err != nil {
		return "", err
	}
	if first != second {
		return "", errors.New("the two passwords differ")
	}
	return first, nil
}
