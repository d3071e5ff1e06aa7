// SPDX-License-Identifier: Apache-2.0

package browser

import "handrail/kiosk"

// mostPageWords is how many characters of a page go on paper.
const mostPageWords = 4000

// PageWords is what the page says now in its main part, line by line. It is the person's own: it goes on their paper and
// nowhere else.
func (s *Service) PageWords() (kiosk.Private, error) {
	text, err := in[string](s, "words()")
	if err != nil {
		return kiosk.Private{}, err
	}
	if r := []rune(text); len(r) > mostPageWords {
		text = string(r[:mostPageWords])
	}
	return kiosk.NewPrivate(text), nil
}
