package schema

import (
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"path/filepath"
	"reflect"
	"sort"
	"strconv"
	"strings"
)

// Docs holds the comments of types and fields, and the values of named string types.
type Docs struct {
	types  map[string]string   // "instrument.Item" -> comment
	fields map[string]string   // "instrument.Item.Unit" -> comment
	words  map[string][]string // "instrument.ItemType" -> its constants, in order
}

// Type answers the comment of a type.
func (d Docs) Type(t reflect.Type) string { return d.types[name(t)] }

// Field answers the comment of a struct's field.
func (d Docs) Field(t reflect.Type, field string) string { return d.fields[name(t)+"."+field] }

// Words answers the constants of a named string type.
func (d Docs) Words(t reflect.Type) []string { return d.words[name(t)] }

func name(t reflect.Type) string {
	return t.PkgPath()[strings.LastIndexByte(t.PkgPath(), '/')+1:] + "." + t.Name()
}

// ReadDocs reads the comments of the Go files in folders of the source tree.
func ReadDocs(dirs ...string) (Docs, error) {
	d := Docs{map[string]string{}, map[string]string{}, map[string][]string{}}
	for _, dir := range dirs {
		files, err := filepath.Glob(filepath.Join(dir, "*.go"))
		if err != nil {
			return d, fmt.Errorf("read comments: %w", err)
		}
		sort.Strings(files)
		for _, file := range files {
			if strings.HasSuffix(file, "_test.go") {
				continue
			}
			f, err := parser.ParseFile(token.NewFileSet(), file, nil, parser.ParseComments|parser.SkipObjectResolution)
			if err != nil {
				return d, fmt.Errorf("read comments: %w", err)
			}
			d.file(f)
		}
	}
	return d, nil
}

func (d Docs) file(f *ast.File) {
	pkg := f.Name.Name
	for _, decl := range f.Decls {
		g, ok := decl.(*ast.GenDecl)
		if !ok {
			continue
		}
		for _, spec := range g.Specs {
			switch s := spec.(type) {
			case *ast.TypeSpec:
				d.typeSpec(pkg, g, s)
			case *ast.ValueSpec:
				d.constant(pkg, s)
			}
		}
	}
}

func (d Docs) typeSpec(pkg string, g *ast.GenDecl, s *ast.TypeSpec) {
	doc := s.Doc
	if doc == nil {
		doc = g.Doc
	}
	d.types[pkg+"."+s.Name.Name] = one(doc.Text())
	st, ok := s.Type.(*ast.StructType)
	if !ok {
		return
	}
	for _, field := range st.Fields.List {
		text := field.Comment.Text()
		if text == "" {
			text = field.Doc.Text()
		}
		for _, n := range field.Names {
			d.fields[pkg+"."+s.Name.Name+"."+n.Name] = one(text)
		}
	}
}

func (d Docs) constant(pkg string, s *ast.ValueSpec) {
	t, ok := s.Type.(*ast.Ident)
	if !ok {
		return
	}
	for _, v := range s.Values {
		lit, ok := v.(*ast.BasicLit)
		if !ok || lit.Kind != token.STRING {
			continue
		}
		if word, err := strconv.Unquote(lit.Value); err == nil && word != "" {
			d.words[pkg+"."+t.Name] = append(d.words[pkg+"."+t.Name], word)
		}
	}
}
