package dryrun

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"varde/protocol"
	"varde/study"
)

// world is what all lives of a run share. It does not change once it is made.
type world struct {
	cfg      Config
	def      *protocol.Definition
	study    *study.StudyState
	site     *study.SiteState
	well     *answers
	branches *branches
	seed     []byte // of the allocation list
	slots    map[string]study.Slot
	origin   *life // nobody referred yet
}

const (
	siteID      = "S01"
	studyID     = "dry-run"
	participant = "S01-001"
	roomID      = "room-1"
)

// begin is a Monday morning, so that stories read naturally.
var begin = time.Date(2026, 1, 5, 8, 0, 0, 0, time.UTC)

// staff of the site. Their names are their work, so that a story tells itself.
var staff = []struct{ id, name, role string }{
	{"therapist-1", "Therapist 1", "therapist"},
	{"therapist-2", "Therapist 2", "therapist"},
	{"therapist-3", "Therapist 3", "therapist"}, // without a licence where one of the pair may be
	{"therapist-4", "Therapist 4", "therapist"}, // related to therapist 1
	{"therapist-5", "Therapist 5", "therapist"}, // credentials have run out
	{"physician-1", "Physician 1", "physician"},
	{"physician-2", "Physician 2", "physician"},
	{"coordinator-1", "Coordinator", "coordinator"},
	{"attendant-1", "Night attendant", "attendant"},
	{"rater-1", "Rater 1", "rater"},
	{"rater-2", "Rater 2", "rater"},
	{"adherence-rater-1", "Adherence rater", "adherence-rater"},
	{"pharmacist-1", "Pharmacist", "pharmacist"},
	{"monitor-1", "Monitor", "monitor"},
	{"data-manager-1", "Data manager", "data-manager"},
	{"sponsor-1", "Sponsor", "sponsor"},
}

// outside are roles that act and stand in no staff list.
var outside = []study.Actor{
	{ID: participant, Name: "Participant", Role: "participant"},
	{ID: "system", Name: "Clock", Role: "system"},
	{ID: "administrator-1", Name: "Administrator", Role: "administrator"},
}

func newWorld(c Config) (*world, error) {
	w := &world{cfg: c, def: c.Definition, seed: []byte(strings.Repeat("dry-run.", 4)), slots: map[string]study.Slot{}}
	if err := w.open(); err != nil {
		return nil, err
	}
	w.well = newAnswers(w.def)
	w.branches = newBranches(w.def)
	w.origin = &life{w: w, study: w.study, site: w.site, calendar: &study.Calendar{}, now: begin, marks: newMarks(w.branches)}
	return w, nil
}

// open opens a practice study with one site and its staff.
func (w *world) open() error {
	at := begin.Add(-30 * 24 * time.Hour)
	adm := actorOf("administrator")
	carry := func(cmd study.Command) error {
		env := study.Env{Now: at, Actor: adm, Study: w.study, Site: w.site, StudyID: studyID}
		def := w.def
		if w.study == nil {
			def = nil
		}
		events, err := study.DecideStudy(def, study.Overview{Study: w.study, Site: w.site, Sites: []string{siteID}}, env, cmd)
		if err != nil {
			return err
		}
		for _, e := range events {
			e.Recorded, e.Actor, e.Role = at, adm.ID, adm.Role
			if cmd.Stream() == study.StudyStream {
				e.Version = 1
				w.study = study.EvolveStudy(w.study, e)
			} else {
				w.site = study.EvolveSite(w.site, e)
			}
		}
		return nil
	}
	if err := carry(study.OpenStudy{Mode: "practice", Title: "Dry run", Definition: w.def}); err != nil {
		return err
	}
	if err := carry(study.OpenSite{Site: siteID, Name: "Dry run", Country: "NO", TimeZone: "Europe/Oslo", Pairs: 2, Rooms: 1}); err != nil {
		return err
	}
	for _, p := range staff {
		if err := carry(w.employ(p.id, p.name, p.role)); err != nil {
			return err
		}
	}
	if w.def.Allocation == nil {
		return nil
	}
	if _, err := study.NewAllocator(w.def, w.seed); err != nil {
		return err
	}
	return nil
}

// employ gives a person the credentials that the role must hold, but for those whose
// lack of them is their part.
func (w *world) employ(id, name, role string) study.AssignStaff {
	held := map[string]string{}
	for _, c := range w.def.Staffing.Credentials {
		switch {
		case !slices.Contains(c.Roles, role):
		case id == "therapist-3" && c.ID == "licence":
		case id == "therapist-5":
			held[c.ID] = "2025-12-31"
		default:
			held[c.ID] = "2034-12-31"
		}
	}
	cmd := study.AssignStaff{Site: siteID, Person: id, Name: name, Role: role, Credentials: held}
	if id == "therapist-4" {
		cmd.Related = []string{"therapist-1"}
	}
	return cmd
}

// slot is the first of the stratum's list: the virtual participant is the site's first.
func (w *world) slot(stratum string) (study.Slot, error) {
	if w.def.Allocation == nil {
		return study.Slot{}, errors.New("nobody is randomised")
	}
	list, err := study.NewAllocator(w.def, w.seed)
	if err != nil {
		return study.Slot{}, err
	}
	return list.Next(study.NewAllocationState(), stratum), nil
}

// actorOf answers the first person of a role.
func actorOf(role string) study.Actor {
	for _, p := range staff {
		if p.role == role {
			return study.Actor{ID: p.id, Name: p.name, Role: role}
		}
	}
	for _, a := range outside {
		if a.Role == role {
			return a
		}
	}
	return study.Actor{ID: role + "-1", Name: role, Role: role}
}

// person answers somebody by id, in a role.
func person(id, role string) study.Actor {
	for _, p := range staff {
		if p.id == id {
			return study.Actor{ID: id, Name: p.name, Role: role}
		}
	}
	return study.Actor{ID: id, Name: id, Role: role}
}

// pair is two therapists who may sit together.
func (w *world) pair() []string {
	n := w.def.Staffing.Pair.Size
	pair := []string{"therapist-1", "therapist-2"}
	for i := len(pair); i < n; i++ {
		pair = append(pair, "therapist-3")
	}
	return pair[:max(0, min(n, len(pair)))]
}

// roleOf answers who of several roles usually does it.
func roleOf(roles []string, or string) string {
	if len(roles) == 0 {
		return or
	}
	return roles[0]
}

func (w *world) visit(id string) (*protocol.Visit, error) {
	v, ok := w.def.Visit(id)
	if !ok {
		return nil, fmt.Errorf("there is no visit %q", id)
	}
	return v, nil
}
