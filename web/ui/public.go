package ui

// Public is the frame of a page that anybody may read. Such pages set no cookie, so the
// language is a link and the display is the device's.
type Public struct {
	// Description is what a search engine says of the page.
	Description string
	// Languages are the page in each language, by their Lang; the other one is offered.
	Languages []Link
	// Help is where to turn in an emergency: in the header of every page.
	Help Link
	// Menu are all pages.
	Menu []NavItem
	// SignIn is where those go who have an account.
	SignIn Link
}
