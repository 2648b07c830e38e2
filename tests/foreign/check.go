// Checks an export of a Cleargate log with the Go project's own packages for signed notes and
// transparency logs, which know nothing of Cleargate:
//
//	go run check.go EXPORT VKEY
//
// The note is opened, every entry is hashed and proved to be in the tree, and the tree is proved to
// go on from earlier sizes, all from the tiles in the export.
package main

import (
	"encoding/base64"
	"encoding/binary"
	"fmt"
	"log"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"
)

type tiles struct{ root string }

func (t tiles) Height() int                           { return 8 }
func (t tiles) SaveTiles(_ []tlog.Tile, _ [][]byte) {}

// ReadTiles reads tiles at the paths of C2SP tlog-tiles: those of Go without the height.
func (t tiles) ReadTiles(wanted []tlog.Tile) ([][]byte, error) {
	var found [][]byte
	for _, tile := range wanted {
		path := strings.Replace(tile.Path(), "tile/8/", "tile/", 1)
		data, err := os.ReadFile(filepath.Join(t.root, path))
		if err != nil {
			return nil, err
		}
		found = append(found, data)
	}
	return found, nil
}

func check(err error) {
	if err != nil {
		log.Fatal(err)
	}
}

func entries(root string, size int64) [][]byte {
	var found [][]byte
	for n := int64(0); n*256 < size; n++ {
		width := size - n*256
		if width > 256 {
			width = 256
		}
		tile := tlog.Tile{H: 8, L: 0, N: n, W: int(width)}
		path := strings.Replace(tile.Path(), "tile/8/0/", "tile/entries/", 1)
		data, err := os.ReadFile(filepath.Join(root, path))
		check(err)
		for len(data) > 0 {
			length := binary.BigEndian.Uint16(data)
			found = append(found, data[2:2+length])
			data = data[2+length:]
		}
	}
	return found
}

func main() {
	root := os.Args[1]
	verifier, err := note.NewVerifier(os.Args[2])
	check(err)
	text, err := os.ReadFile(filepath.Join(root, "checkpoint"))
	check(err)
	opened, err := note.Open(text, note.VerifierList(verifier))
	check(err)
	lines := strings.Split(opened.Text, "\n")
	size, err := strconv.ParseInt(lines[1], 10, 64)
	check(err)
	hash, err := base64.StdEncoding.DecodeString(lines[2])
	check(err)
	tree := tlog.Tree{N: size}
	copy(tree.Hash[:], hash)

	reader := tlog.TileHashReader(tree, tiles{root})
	raws := entries(root, size)
	if int64(len(raws)) != size {
		log.Fatalf("%d entries, but %d were signed", len(raws), size)
	}
	for first := 0; first < len(raws); first += 256 {
		last := first + 256
		if last > len(raws) {
			last = len(raws)
		}
		var wanted []int64
		for i := first; i < last; i++ {
			wanted = append(wanted, tlog.StoredHashIndex(0, int64(i)))
		}
		stored, err := reader.ReadHashes(wanted)
		check(err)
		for i := first; i < last; i++ {
			// What the public does not see has no bytes.
			if len(raws[i]) > 0 && stored[i-first] != tlog.RecordHash(raws[i]) {
				log.Fatalf("entry %d is not what was signed", i)
			}
		}
	}
	for i := 0; i < len(raws); i += len(raws)/32 + 1 {
		if len(raws[i]) > 0 {
			proof, err := tlog.ProveRecord(size, int64(i), reader)
			check(err)
			check(tlog.CheckRecord(proof, size, tree.Hash, int64(i), tlog.RecordHash(raws[i])))
		}
	}
	for _, old := range []int64{1, size / 3, size / 2, size - 1} {
		if old < 1 {
			continue
		}
		before, err := tlog.TreeHash(old, reader)
		check(err)
		proof, err := tlog.ProveTree(size, old, reader)
		check(err)
		check(tlog.CheckTree(proof, size, tree.Hash, old, before))
	}
	fmt.Printf("%s: %d entries\n", verifier.Name(), size)
}
