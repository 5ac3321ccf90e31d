#include "model/sparse_operator.hpp"

#include "base/error.hpp"
#include "kernels/neighbour_mean.hpp"

namespace gracevae::impl {

/// The matrix and its transpose in both dtypes.
struct SparseOperator::Rows {
  std::int64_t n_nodes = 0, n_out = 0;
  CsrMatrix<float> single, single_transposed;
  CsrMatrix<double> real, real_transposed;
};

namespace {

template <class T>
CsrMatrix<T> converted(const CsrMatrix<double>& a) {
  CsrMatrix<T> result;
  result.n_rows = a.n_rows;
  result.n_cols = a.n_cols;
  result.indptr = a.indptr;
  result.indices = a.indices;
  result.values.assign(a.values.begin(), a.values.end());
  return result;
}

/// x [B, n_in] → [B, n_out] through the CSR of x's dtype.
Tensor product(const CsrMatrix<float>& single, const CsrMatrix<double>& real, const Tensor& x, std::int64_t n_out) {
  const Tensor input = x.contiguous();
  Tensor out = at::empty({input.size(0), n_out}, input.options());
  if (input.scalar_type() == at::kDouble)
    kernels::sparse_rows(real, input.data_ptr<double>(), out.data_ptr<double>(), input.size(0), n_out);
  else
    kernels::sparse_rows(single, input.data_ptr<float>(), out.data_ptr<float>(), input.size(0), n_out);
  return out;
}

/// The operator outlives every autograd graph made with it, so the node stores its address.
struct SparseProduct : torch::autograd::Function<SparseProduct> {
  static Tensor forward(torch::autograd::AutogradContext* context, const Tensor& x, const SparseOperator::Rows* rows) {
    context->saved_data["rows"] = reinterpret_cast<std::int64_t>(rows);
    return product(rows->single, rows->real, x, rows->n_out);
  }
  static torch::autograd::variable_list backward(torch::autograd::AutogradContext* context,
                                                 const torch::autograd::variable_list& grads) {
    const auto* rows = reinterpret_cast<const SparseOperator::Rows*>(context->saved_data["rows"].toInt());
    return {product(rows->single_transposed, rows->real_transposed, grads[0], rows->n_nodes), Tensor()};
  }
};

}  // namespace

SparseOperator::SparseOperator(const CsrMatrix<double>& a, std::int64_t n_out, const at::TensorOptions& options) {
  GRACEVAE_CHECK(n_out <= a.n_rows, "more output rows than the matrix has");
  auto rows = std::make_shared<Rows>();
  rows->n_nodes = a.n_cols;
  rows->n_out = n_out;
  rows->real = a;
  rows->single = converted<float>(a);
  rows->real_transposed = transposed(rows->real, n_out);
  rows->single_transposed = transposed(rows->single, n_out);
  rows_ = rows;

  if (!options.device().is_cpu()) matrix_ = sparse_tensor(options);
}

/// The computed rows as LibTorch's sparse matrix [n_out, n_nodes].
Tensor SparseOperator::sparse_tensor(const at::TensorOptions& options) const {
  const CsrMatrix<double>& a = rows_->real;
  const auto n_entries = a.indptr[static_cast<std::size_t>(rows_->n_out)];
  const auto copy = [](const auto* from, std::int64_t n, at::ScalarType type) {
    return at::from_blob(const_cast<void*>(static_cast<const void*>(from)), {n}, at::TensorOptions().dtype(type))
        .clone();
  };
  return at::sparse_csr_tensor(copy(a.indptr.data(), rows_->n_out + 1, at::kLong).to(options.device()),
                               copy(a.indices.data(), n_entries, at::kInt).to(at::kLong).to(options.device()),
                               copy(a.values.data(), n_entries, at::kDouble).to(options), {rows_->n_out, a.n_cols},
                               options.layout(at::kSparseCsr));
}

SparseOperator::~SparseOperator() = default;

Tensor SparseOperator::apply(const Tensor& x) const {
  return x.is_cpu() ? SparseProduct::apply(x, rows_.get()) : apply_by_tensors(x);
}

Tensor SparseOperator::apply_by_tensors(const Tensor& x) const {
  return at::mm(matrix_.defined() ? matrix_ : sparse_tensor(x.options()), x.t()).t();
}

}  // namespace gracevae::impl
