// Prints what other packages can name of the packages given by import path, as the type checker of Go's own library sees it:
// one line an item, its name and its type with a tab between them.
package main

import (
	"fmt"
	"go/constant"
	"go/importer"
	"go/token"
	"go/types"
	"os"
	"sort"
	"strings"
)

func main() {
	source := importer.ForCompiler(token.NewFileSet(), "source", nil)
	for _, path := range os.Args[1:] {
		pkg, err := source.Import(path)
		if err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		for _, name := range pkg.Scope().Names() {
			if object := pkg.Scope().Lookup(name); object.Exported() {
				describe(path+"."+name, object)
			}
		}
	}
}

func describe(name string, object types.Object) {
	switch object := object.(type) {
	case *types.Const:
		value := ""
		if object.Val().Kind() != constant.String {
			value = " = " + object.Val().ExactString()
		}
		item(name, "const "+shown(object.Type())+value)
	case *types.Var:
		item(name, "var "+shown(object.Type()))
	case *types.Func:
		item(name, shown(object.Type()))
	case *types.TypeName:
		describeType(name, object)
	}
}

func describeType(name string, object *types.TypeName) {
	named, ok := object.Type().(*types.Named)
	if object.IsAlias() || !ok {
		item(name, "alias "+shown(object.Type()))
		return
	}
	parameters := ""
	for i := 0; i < named.TypeParams().Len(); i++ {
		parameter := named.TypeParams().At(i)
		parameters += parameter.Obj().Name() + " " + shown(parameter.Constraint()) + ", "
	}
	switch under := named.Underlying().(type) {
	case *types.Struct:
		item(name, "type ["+parameters+"] struct")
		for i := 0; i < under.NumFields(); i++ {
			if field := under.Field(i); field.Exported() {
				embedded := ""
				if field.Embedded() {
					embedded = "embedded "
				}
				item(name+"."+field.Name(), embedded+shown(field.Type())+" "+under.Tag(i))
			}
		}
	default:
		item(name, "type ["+parameters+"] "+shown(under))
	}
	methods := types.NewMethodSet(types.NewPointer(named))
	if types.IsInterface(named) {
		methods = types.NewMethodSet(named)
	}
	for i := 0; i < methods.Len(); i++ {
		if method := methods.At(i).Obj(); method.Exported() {
			item(name+"."+method.Name()+"()", shown(method.Type()))
		}
	}
	values := types.NewMethodSet(named)
	var names []string
	for i := 0; i < values.Len(); i++ {
		if method := values.At(i).Obj(); method.Exported() {
			names = append(names, method.Name())
		}
	}
	sort.Strings(names)
	item(name+" by value", strings.Join(names, " "))
}

func shown(kind types.Type) string { return types.TypeString(kind, nil) }

func item(name, kind string) {
	fmt.Printf("%s\t%s\n", name, strings.ReplaceAll(kind, "\n", " "))
}
