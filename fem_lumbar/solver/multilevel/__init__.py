r"""Two-level iterative solution of the tangent of stiff bodies in soft tissue (``solver.vertebrae: condensed``).

A Newton iteration needs the solution of K u = r. Most unknowns are in bone, which hardly deforms, yet a direct solver
spends most of its time there. The tangent is the sum over soft tissue (discs, cartilage, ligaments, contact, MAL,
loads) and bodies (vertebrae: bone, shells, potting):

.. math:: K = K_s + \sum_b K_b

**Iteration.** Generalised conjugate residuals (:mod:`~fem_lumbar.solver.multilevel.conjugate_residuals`) with a
two-level preconditioner M: each application gives a direction p = M r and its image K p; images are made orthonormal,
and the residual is minimised along each. The tangent itself is not approximated: K_s p is a sparse product, and K_b p a
difference of the bodies' forces along p, so that it knows of their present stress.

**Coarse space.** Its columns are the unknowns of soft tissue themselves and, for each body, six rigid motions and a few
attachment modes, turned with the body:

.. math::

    Z = \begin{bmatrix} I & \\ & \Phi_b \end{bmatrix}, \qquad
    \Phi_b = \begin{bmatrix} \text{rigid}(x) & R_b(x)\, \Psi_b \end{bmatrix}, \qquad
    A = Z^T K_s Z + \mathrm{diag}(\Phi_b^T K_b \Phi_b), \qquad z = Z A^{-1} Z^T r

The modes have unit stiffness, hence the diagonal block of a body is the identity plus the terms by which turning the
frame turns the forces the body carries. A is factorised directly (:mod:`~fem_lumbar.solver.multilevel.coarse_matrix`),
and only when the factors of an earlier state have become slow.

**Local solves.** The residual that the coarse step leaves on the nodes of each body is solved with the body's elastic
stiffness E_b, in its own axes, without its rigid motions (:mod:`~fem_lumbar.solver.multilevel.elastic_solve`):

.. math:: p = M r = z + \sum_b R_b P_b E_b^{-1} P_b R_b^T (r - \tilde K z)_b

with the forces of the coarse step on the body, :math:`\tilde K z`, taken from the modes. In the language of domain
decomposition this is a hybrid Schwarz preconditioner (multiplicative between the coarse step and the local solves,
additive among these). Its subdomains are the bodies, each with the MAL arches that may be as stiff and belong only to
it. M is not symmetric and the mixed tangent is indefinite, hence generalised conjugate residuals and not conjugate
gradients.

A few per cent of the residual are left per application. Rigid bodies have no modes and no local solve; for them
Z A^-1 Z^T is the solution.
"""
