// Package design turns rectangular data and a model formula into the matrices that
// a linear model is fitted to: it reads CSV, parses R's model notation (Wilkinson and
// Rogers 1973, Applied Statistics 22:392-399), codes factors by treatment contrasts,
// and answers the rows of coefficients whose products with the estimates are
// least-squares means and their differences.
//
// The columns of the model matrix, their order and their names are those of R's
// model.matrix with contr.treatment (Chambers and Hastie 1992, Statistical Models
// in S, chapter 2), so that estimates can be compared by name; least-squares means
// follow the conventions of R's emmeans (Searle, Speed and Milliken 1980, The
// American Statistician 34:216-221), where [MeanOptions] does not say otherwise.
//
// A fault in the data is an error that tells the line and the column and what to do.
// What is answered under a convention that the reader should know of (levels never
// seen, rows left out) is told in [Model.Notes].
package design
