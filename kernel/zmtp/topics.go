package zmtp

// topics are the subscriptions of one peer: a publication is for it if its
// topic begins with one of them.
type topics struct {
	set     map[string]bool
	lengths map[int]int // how many there are of each length
	cost    int64
}

// maxTopics bounds the subscriptions of one peer, counted as frames are.
const maxTopics = 1 << 20

func (t *topics) has(topic []byte) bool { return t.set[string(topic)] }

// add returns false when it is one too many.
func (t *topics) add(topic []byte) bool {
	if t.has(topic) {
		return true
	}
	cost := int64(len(topic) + frameCost)
	if t.cost+cost > maxTopics {
		return false
	}
	if t.set == nil {
		t.set, t.lengths = map[string]bool{}, map[int]int{}
	}
	t.set[string(topic)] = true
	t.lengths[len(topic)]++
	t.cost += cost
	return true
}

func (t *topics) remove(topic []byte) {
	if !t.has(topic) {
		return
	}
	delete(t.set, string(topic))
	t.cost -= int64(len(topic) + frameCost)
	if t.lengths[len(topic)]--; t.lengths[len(topic)] == 0 {
		delete(t.lengths, len(topic))
	}
}

// match takes time for the different lengths of the subscriptions, which are
// few, not for their number.
func (t *topics) match(topic []byte) bool {
	for n := range t.lengths {
		if n <= len(topic) && t.set[string(topic[:n])] {
			return true
		}
	}
	return false
}
